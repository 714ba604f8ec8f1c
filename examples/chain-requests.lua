-- One request after the other: the next one begins through node.task.post, as the firmware's document asks.
local paths = { "/status/200", "/status/404", "/status/503" }

local function visit(n)
  if not paths[n] then return print("done") end
  http.get("http://httpbin.org" .. paths[n], nil, function(code)
    print(paths[n], code)
    node.task.post(function() visit(n + 1) end)
  end)
end

visit(1)
