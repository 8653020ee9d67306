-- KEYS  the queue, then the records that were seen to be due
-- ARGV  1 deadline (this server's clock, ms), 2 now, 3 leaseUntil, 4 version, 5 the queue's name
-- The name and the JSON of every record that still was due, one after the other, or 'late' with nothing written.
local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[1]) then return 'late' end

local claimed = {}
local head = ARGV[4] .. '\n' .. ARGV[5] .. '\n' .. ARGV[3] .. '\n'
for i = 2, #KEYS do
  local name = string.sub(KEYS[i], 14)
  local dueAt = redis.call('ZSCORE', KEYS[1], name)
  if dueAt and tonumber(dueAt) <= tonumber(ARGV[2]) then
    local queue, json = string.match(redis.call('GET', KEYS[i]) or '', '^[^\n]*\n([^\n]*)\n[^\n]*\n(.*)$')
    if queue == ARGV[5] then
      redis.call('SET', KEYS[i], head .. json, 'KEEPTTL')
      redis.call('ZADD', KEYS[1], ARGV[3], name)
      claimed[#claimed + 1] = name
      claimed[#claimed + 1] = json
    else
      redis.call('ZREM', KEYS[1], name) -- its record was swept
    end
  end
end
return claimed
