-- May a call be made? All of its limits are looked at, and only if it passes all of them is it counted in any.
-- KEYS: [1] what is known of the tenant, [2] its calls in flight, [3] what is known of all that share a limit with it,
--       [4..] its windows. ARGV: [1] the call's limits as JSON, [2] the time in seconds, empty for this server's own.
-- Gives {"", "0"}, or the limit that is reached and how long it lasts.
if redis.replicate_commands then redis.replicate_commands() end -- Redis before 7: the clock is read before writing
local ask = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] + time[2] / 1000000
end

local function refuse(problem, wait)
  return {problem, string.format('%.3f', wait)}
end

local function known(key, field)
  return tonumber(redis.call('HGET', key, field) or '')
end

-- What a vendor has refused is not asked again before its time.
for _, key in ipairs({KEYS[1], KEYS[3]}) do
  local till = known(key, 'till')
  if till and till > now then return refuse(redis.call('HGET', key, 'problem'), till - now) end
end

-- What a vendor said is left, believed for a while. Then it is forgotten; of a day's, one call goes ahead to ask.
for _, left in ipairs(ask.left) do
  local key = KEYS[left.key]
  local rest = known(key, left.name)
  if rest then
    local ends = known(key, left.name .. '_at') + left.believed - now
    -- A size that is learned is the most that was ever left, which says little after a wipe.
    local most = math.max(left.most, known(key, left.name .. '_most') or 0)
    if ends <= 0 then
      redis.call('HDEL', key, left.name)
      if left.is_asked then redis.call('HDEL', KEYS[1], 'told') end
    elseif rest <= math.ceil(most * left.reserve) then
      return refuse(left.name, ends)
    end
  end
end

-- Calls in flight; while the vendor has told us nothing, one at a time. After a wipe each process still knows its own.
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local flying = math.max(redis.call('ZCARD', KEYS[2]), ask.own)
if ask.in_flight > 0 and flying >= ask.in_flight then return refuse('concurrent', 0.3) end
if ask.is_told and flying > 0 and redis.call('HEXISTS', KEYS[1], 'told') == 0 then
  return refuse('concurrent', 0.3)
end

-- Our own calls, in rolling windows: those that ended less than its length ago, and those that have not ended.
for place, window in ipairs(ask.windows) do
  local key = KEYS[3 + place]
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window.seconds)
  local most = window.is_told and known(KEYS[1], 'most') or window.most
  -- A vendor that says more is left than we thought there is has a larger window.
  if window.left_key > 0 then most = math.max(most, known(KEYS[window.left_key], window.name .. '_most') or 0) end
  local mine = most - math.ceil(most * window.reserve)
  local used = redis.call('ZCARD', key)
  if used >= mine then
    local frees = redis.call('ZRANGE', key, used - mine, used - mine, 'WITHSCORES')[2]
    return refuse(window.name, math.max(0.01, math.min(window.seconds, frees + window.seconds - now)))
  end
end

redis.call('ZADD', KEYS[2], now + ask.lasts, ask.id)
redis.call('EXPIRE', KEYS[2], math.ceil(ask.lasts) + 60)
for place, window in ipairs(ask.windows) do
  redis.call('ZADD', KEYS[3 + place], now + ask.lasts, ask.id)
  redis.call('EXPIRE', KEYS[3 + place], math.ceil(window.seconds + ask.lasts) + 60)
end
for _, left in ipairs(ask.left) do
  if redis.call('HEXISTS', KEYS[left.key], left.name) == 1 then redis.call('HINCRBY', KEYS[left.key], left.name, -1) end
end
return {'', '0'}
