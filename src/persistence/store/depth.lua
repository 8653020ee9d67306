-- KEYS  the queue. How many records it holds, and the earliest with its dueAt.
return { redis.call('ZCARD', KEYS[1]), redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES') }
