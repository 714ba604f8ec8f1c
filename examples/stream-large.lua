-- A page larger than the heap: net.createConnection hands it over piece by piece.
local received, pieces = 0, 0
local socket = net.createConnection(net.TCP, 0)

socket:on("connection", function(sck)
  sck:send("GET /bytes/100000 HTTP/1.0\r\nHost: httpbin.org\r\n\r\n")
end)
socket:on("receive", function(sck, piece)
  received, pieces = received + #piece, pieces + 1
end)
socket:on("disconnection", function()
  print(received > 100000 and "all of it" or "cut", "in pieces of at most 1460 bytes:", pieces >= 69)
  print("heap left:", node.heap() > 10000)
end)
socket:connect(80, "httpbin.org")
