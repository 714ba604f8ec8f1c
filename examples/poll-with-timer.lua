-- A poll every 50 ms, three times, that never overlaps itself.
local polls = 0
local timer = tmr.create()

timer:register(50, tmr.ALARM_SEMI, function(t)
  http.get("http://httpbin.org/get", nil, function(code)
    polls = polls + 1
    print("poll", polls, code)
    if polls < 3 then t:start() else t:unregister() end
  end)
end)
timer:start()
