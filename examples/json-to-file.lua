-- A reply decoded, and kept in the flash.
http.get("http://httpbin.org/get?room=kitchen", nil, function(code, data)
  if code ~= 200 then return print("HTTP request failed", code) end
  local room = sjson.decode(data).args.room
  file.putcontents("room.txt", room)
  print("kept:", file.getcontents("room.txt"))
end)
