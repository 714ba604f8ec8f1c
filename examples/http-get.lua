-- GET: the address this device is seen under.
http.get("http://httpbin.org/ip", nil, function(code, data)
  if code < 0 then
    print("HTTP request failed")
  else
    print(code, data)
  end
end)
