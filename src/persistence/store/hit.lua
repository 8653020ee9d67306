-- KEYS  the counters
-- ARGV  1 deadline (this server's clock, ms), then cost, limit and sweepAt of each
-- '1' when every cost was added, '0' when none was, then the counts; or 'late' with nothing written.
local answer, fits = { '1' }, true
for i = 1, #KEYS do
  local count = tonumber(redis.call('GET', KEYS[i]) or '0')
  answer[i + 1] = string.format('%.0f', count)
  local cost = tonumber(ARGV[3 * i - 1])
  if cost > 0 and count + cost > tonumber(ARGV[3 * i]) then fits = false end
end
if not fits then
  answer[1] = '0'
  return answer
end

local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[1]) then return 'late' end
for i = 1, #KEYS do
  local count = string.format('%.0f', math.max(0, tonumber(answer[i + 1]) + tonumber(ARGV[3 * i - 1])))
  if not redis.call('SET', KEYS[i], count, 'NX', 'PXAT', ARGV[3 * i + 1]) then redis.call('SET', KEYS[i], count, 'KEEPTTL') end
  answer[i + 1] = count
end
return answer
