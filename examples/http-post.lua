-- POST: a small JSON object. Every header line ends with \r\n.
http.post("http://httpbin.org/post",
  "Content-Type: application/json\r\n",
  '{"sensor":"kitchen","celsius":21.5}',
  function(code, data)
    if code < 0 then
      print("HTTP request failed")
    else
      print(code, data)
    end
  end)
