/**
 * The Lua that committers run. Each touches the keys of one slot only, all of them named in KEYS, so that a Redis
 * Cluster runs it too.
 */

/**
 * Takes the lease if there is a request and nobody holds it. Answers the fence, or 0.
 * KEYS: lease, fence, commits. ARGV: token, lease in ms.
 */
export const acquireLease = `
if redis.call('XLEN', KEYS[3]) == 0 or redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. fence, 'PX', ARGV[2])
return fence`;

/** Puts off the end of the lease. Answers 1, or 0 where it is another's. KEYS: lease. ARGV: its value, lease in ms. */
export const renewLease = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Gives the lease back, if it is still ours. KEYS: lease. ARGV: its value. */
export const releaseLease = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * Acknowledges requests, if the lease is still ours: answers 1, or 0 and changes nothing.
 * KEYS: lease, commits, attempts, done. ARGV: the lease's value, group, now in ms, retention in ms, then for each
 * request its entry id and its digest.
 */
export const acknowledgeRequests = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for i = 5, #ARGV, 2 do
  redis.call('XACK', KEYS[2], ARGV[2], ARGV[i])
  redis.call('XDEL', KEYS[2], ARGV[i])
  redis.call('HDEL', KEYS[3], ARGV[i])
  redis.call('ZADD', KEYS[4], ARGV[3], ARGV[i + 1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[3] - ARGV[4])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
return 1`;

/**
 * Copies what is reserved of a stream, else the stream, once.
 * KEYS: stream, hold copy, reserve. ARGV: how long the copy lives, in ms.
 */
export const copyStream = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local source = redis.call('EXISTS', KEYS[3]) == 1 and KEYS[3] or KEYS[1]
if redis.call('EXISTS', source) == 0 then return 0 end
redis.call('COPY', source, KEYS[2])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return 1`;

/**
 * Adds to a reserve what the stream has behind its last entry, with the same ids, and drops from it what is older than
 * asked for. A field \`n\` counts the bytes up to and with each entry, so that the reserve's size is known without reading
 * it. A hole is told as by \`extendCopy\`. Answers how many entries it added, or -1 where there is no room for more.
 * KEYS: stream, reserve. ARGV: how many at most, from when in ms, bytes that the reserve may have, how long it lives in ms.
 */
export const extendReserve = `
local function size(fields)
  local bytes = 0
  for i = 2, #fields, 2 do bytes = bytes + #fields[i] end
  return bytes
end
local function counted(entry)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'n' then return tonumber(entry[2][i + 1]) end
  end
  return 0
end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local first = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local total = last and counted(last) or 0
local before = first and counted(first) or 0
local from = last and '(' .. last[1] or ARGV[2]
local cut = last and #redis.call('XRANGE', KEYS[1], last[1], last[1]) == 0
local added = 0
for i, entry in ipairs(redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[1])) do
  local fields = entry[2]
  total = total + size(fields)
  if total - before > tonumber(ARGV[3]) then added = -1 break end
  fields[#fields + 1] = 'n'
  fields[#fields + 1] = string.format('%d', total)
  if cut and i == 1 then
    fields[#fields + 1] = 'cut'
    fields[#fields + 1] = '1'
  end
  redis.call('XADD', KEYS[2], 'MINID', ARGV[2], entry[1], unpack(fields))
  added = added + 1
end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return added`;

/**
 * Adds to the hold copy what the stream has behind its last entry, with the same ids. Where that entry is gone from the
 * stream, others behind it may be gone too: the first that is added says so in a field `cut`. Answers how many it added:
 * fewer than asked for mean that it has all. KEYS: stream, hold copy. ARGV: how many at most.
 */
export const extendCopy = `
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local from = last[1] and '(' .. last[1][1] or '-'
local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', ARGV[1])
local cut = last[1] and #redis.call('XRANGE', KEYS[1], last[1][1], last[1][1]) == 0
for i, entry in ipairs(entries) do
  local fields = entry[2]
  if cut and i == 1 then
    fields[#fields + 1] = 'cut'
    fields[#fields + 1] = '1'
  end
  redis.call('XADD', KEYS[2], entry[1], unpack(fields))
end
return #entries`;
