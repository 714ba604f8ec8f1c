-- PUT: two lines of text.
http.put("http://httpbin.org/put",
  "Content-Type: text/plain\r\n",
  "The first line.\nThe second line.",
  function(code, data)
    if code < 0 then
      print("HTTP request failed")
    else
      print(code, data)
    end
  end)
