-- Calls that take long keep their places. KEYS: sorted sets; ARGV: [1] how long, [2] the time or empty, [3..] one member a key.
if redis.replicate_commands then redis.replicate_commands() end
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
local was_wiped = {}
for place, key in ipairs(KEYS) do
  if was_wiped[key] == nil then was_wiped[key] = redis.call('EXISTS', key) == 0 end
  if was_wiped[key] then
    -- Other processes must know of what is in flight.
    redis.call('ZADD', key, now + ARGV[1], ARGV[place + 2])
    redis.call('EXPIRE', key, 120)
  else
    redis.call('ZADD', key, 'XX', now + ARGV[1], ARGV[place + 2])
  end
end
return 1
