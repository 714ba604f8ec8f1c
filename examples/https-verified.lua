-- The chip does not verify certificates unless it is told to.
tls.cert.verify(true)

http.get("https://httpbin.org/get", "Accept: application/json\r\n", function(code, data)
  if code < 0 then
    print("HTTP request failed")
  else
    print(code, sjson.decode(data).url)
  end
end)
