-- HEAD: any method goes through http.request. A response to HEAD has no body.
http.request("http://httpbin.org/", "HEAD", "", "", function(code, data)
  if code < 0 then
    print("HTTP request failed")
  else
    print(code, data)
  end
end)
