-- A call is over. KEYS: as `enter.lua`, and last the counters of all calls. ARGV: as `enter.lua`, [1] what was learned.
if redis.replicate_commands then redis.replicate_commands() end
local told = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end

-- One that Redis has forgotten meanwhile is not the only one: what it learned does not open the gate for others.
local is_counted = redis.call('ZSCORE', KEYS[2], told.id)
-- After a lost answer the vendor may still be at it for a moment.
if told.lingers > 0 then
  redis.call('ZADD', KEYS[2], 'XX', now + told.lingers, told.id)
else
  redis.call('ZREM', KEYS[2], told.id)
end
for place = 4, #KEYS - 1 do
  redis.call('ZADD', KEYS[place], 'XX', now + told.lingers, told.id)
end

-- Others that are in flight may not be in what the vendor counted. An answer that says more than we reckon with was
-- overtaken by a later one, unless it says much more: then the vendor's window has turned.
for _, left in ipairs(told.left) do
  local key = KEYS[left.key]
  local rest = left.rest
  if left.key == 1 then rest = rest - redis.call('ZCOUNT', KEYS[2], '(' .. now, '+inf') end
  local reckoned = tonumber(redis.call('HGET', key, left.name) or '')
  if not reckoned or rest < reckoned or rest > reckoned + left.slack then
    redis.call('HSET', key, left.name, rest)
  end
  redis.call('HSET', key, left.name .. '_at', now)
  local most = tonumber(redis.call('HGET', key, left.name .. '_most') or '') or 0
  if left.rest > most then redis.call('HSET', key, left.name .. '_most', left.rest) end
end
if told.most > 0 then redis.call('HSET', KEYS[1], 'most', told.most) end
if is_counted and (#told.left > 0 or told.most > 0) then redis.call('HSET', KEYS[1], 'told', 1) end

if told.problem ~= '' then
  local wait = told.wait
  -- The same trouble again: wait twice as long as the last time, up to four times.
  if told.grows then
    local times = math.min(redis.call('HINCRBY', KEYS[told.key], 'times', 1), 3)
    wait = wait * 2 ^ (times - 1)
  end
  -- How long is known now; what was said to be left does not outlive it.
  redis.call('HDEL', KEYS[told.key], told.problem)
  if now + wait > tonumber(redis.call('HGET', KEYS[told.key], 'till') or '0') then
    redis.call('HSET', KEYS[told.key], 'till', now + wait, 'problem', told.problem)
  end
elseif told.is_well then
  redis.call('HDEL', KEYS[3], 'times')
end
redis.call('EXPIRE', KEYS[1], 172800)
redis.call('EXPIRE', KEYS[3], 172800)
local counters = KEYS[#KEYS]
redis.call('HINCRBY', counters, told.vendor .. ' ' .. told.outcome, 1)
if told.cost > 0 then redis.call('HINCRBY', counters, told.vendor .. ' tokens', told.cost) end
redis.call('EXPIRE', counters, 2592000)
return 1
