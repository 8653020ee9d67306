-- KEYS  the expected records, those to delete, those to put, the log, then the queues that the caller knows
-- ARGV  1 deadline (this server's clock, ms), 2 version, 3-6 how many are expected, deleted, put, logged;
--       then every expected version; record, sweepAt, queue and dueAt of every put; every log entry; the names of the queues
-- 1 applied · 0 an expected version differs · 'late' · 'queue NAME' of a queue that was not declared. Only 1 has written anything.
local expected, deleted, put, logged = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local arg = 6

for i = 1, expected do
  local version = ARGV[arg + i]
  local head = redis.call('GETRANGE', KEYS[i], 0, #version)
  if version == '' then
    if head ~= '' then return 0 end
  elseif version == '#' then -- a counter: digits without a header
    if not string.find(redis.call('GET', KEYS[i]) or '', '^%-?%d+$') then return 0 end
  elseif head ~= version .. '\n' then
    return 0
  end
end
arg = arg + expected

local puts, log, queueKeys, queues = arg, KEYS[expected + deleted + put + 1], expected + deleted + put + 1, {}
local entries = puts + 4 * put
for i = 1, #KEYS - queueKeys do queues[ARGV[entries + logged + i]] = KEYS[queueKeys + i] end

local held = {} -- the queue that a record is in
for i = expected + 1, expected + deleted + put do
  local name = string.match(redis.call('GET', KEYS[i]) or '', '^[^\n]*\n([^\n]+)\n')
  if name and not queues[name] then return 'queue ' .. name end
  held[KEYS[i]] = name
end

local time = redis.call('TIME')
if time[1] * 1000 + math.floor(time[2] / 1000) > tonumber(ARGV[1]) then return 'late' end

-- '{sello:07}:r:' stands before the name of a record
for i = expected + 1, expected + deleted do
  local key = KEYS[i]
  if held[key] then redis.call('ZREM', queues[held[key]], string.sub(key, 14)) end
  held[key] = nil
  redis.call('DEL', key)
end
for i = 1, put do
  local key, at = KEYS[expected + deleted + i], puts + 4 * (i - 1)
  local sweepAt, queue = ARGV[at + 2], ARGV[at + 3]
  if sweepAt == '' then redis.call('SET', key, ARGV[at + 1]) else redis.call('SET', key, ARGV[at + 1], 'PXAT', sweepAt) end
  if held[key] and held[key] ~= queue then redis.call('ZREM', queues[held[key]], string.sub(key, 14)) end
  held[key] = nil
  if queue ~= '' then
    redis.call('ZADD', queues[queue], ARGV[at + 4], string.sub(key, 14))
    held[key] = queue
  end
end
for i = 1, logged do redis.call('XADD', log, '*', 'v', ARGV[entries + i]) end
return 1
