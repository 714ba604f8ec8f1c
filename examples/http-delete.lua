-- DELETE: neither headers nor a body.
http.delete("http://httpbin.org/delete", "", "", function(code, data)
  if code < 0 then
    print("HTTP request failed")
  else
    print(code, data)
  end
end)
