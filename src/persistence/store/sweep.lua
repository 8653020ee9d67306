-- KEYS  a queue, then records that it names. What was swept, or is elsewhere, leaves it.
-- ARGV  1 nothing, 2 the queue's name
for i = 2, #KEYS do
  local queue = string.match(redis.call('GET', KEYS[i]) or '', '^[^\n]*\n([^\n]*)\n')
  if queue ~= ARGV[2] then redis.call('ZREM', KEYS[1], string.sub(KEYS[i], 14)) end
end
return 1
