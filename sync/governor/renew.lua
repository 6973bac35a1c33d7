-- Calls that take long keep their places. KEYS: sorted sets; ARGV: [1] how long, [2] the time or empty, [3..] one member a key.
if redis.replicate_commands then redis.replicate_commands() end
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end
for place, key in ipairs(KEYS) do
  redis.call('ZADD', key, 'XX', now + ARGV[1], ARGV[place + 2])
end
return 1
