-- KEYS: the stories' meta key, and one that never exists: the others are named here (see cluster.standing).
-- ARGV: now in s, packed hashes, shingles, rate, exact (0 or 1), key for a new story, number of the story that it must be
-- (0: find it; -1: a new one), facts (crawler/dedupe/facts.py).
-- Returns the story's number, its key, 1 when it is new, the share in thousandths.
-- The constants in capitals are put before it by stories.py.
local meta, now = KEYS[1], tonumber(ARGV[1])
local packed, size, rate, exact = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local forced = tonumber(ARGV[7])

local state = redis.call('HMGET', meta, 'gen', 'since')
local gen, since = tonumber(state[1] or 0), tonumber(state[2] or now)
if now - since >= WINDOW_S then gen, since = gen + 1, now elseif now < since then since = now end
redis.call('HSET', meta, 'gen', gen, 'since', string.format('%.0f', since))

local tables = {}
local function open(g)
  local found = redis.call('HMGET', meta, 'keys:' .. g, 'fields:' .. g)
  local t = {name = meta .. ':' .. g .. ':', level = 1}
  t.keys, t.fields = tonumber(found[1] or 1), tonumber(found[2] or 0)
  while t.level * 2 <= t.keys do t.level = t.level * 2 end
  tables[g] = t
end
open(gen)
open(gen - 1)

local function place_of(field)
  if #field == HASH_BYTES then
    local a, b, c = string.byte(field, 1, 3)
    return a * 65536 + b * 256 + c
  end
  return (tonumber(string.sub(field, 2)) * 40503) % 16777216
end
local function bucket(t, field)
  local at = place_of(field) % (t.level * 2)
  if at >= t.keys then at = at - t.level end
  return t.name .. at
end
local where = {}
local function get(g, field)
  local t = tables[g]
  if t.fields == 0 then return false end
  local name = bucket(t, field)
  if g == gen then where[field] = name end
  return redis.call('HGET', name, field)
end
local function set(field, value)
  local t = tables[gen]
  t.fields = t.fields + redis.call('HSET', where[field] or bucket(t, field), field, value)
end
local function grow()
  local t = tables[gen]
  while t.fields > t.keys * FIELDS_A_KEY do
    local from, to = t.name .. (t.keys - t.level), t.name .. t.keys
    t.keys = t.keys + 1
    if t.keys == t.level * 2 then t.level = t.keys end
    local all, gone, moved = redis.call('HGETALL', from), {}, {}
    for n = 1, #all, 2 do
      if bucket(t, all[n]) == to then
        gone[#gone + 1] = all[n]
        moved[#moved + 1] = all[n]
        moved[#moved + 1] = all[n + 1]
      end
    end
    if #gone > 0 then
      redis.call('HDEL', from, unpack(gone))
      redis.call('HSET', to, unpack(moved))
    end
  end
  redis.call('HSET', meta, 'keys:' .. gen, t.keys, 'fields:' .. gen, t.fields)
end
local function sweep()
  local g = gen - 2
  local left = tonumber(redis.call('HGET', meta, 'keys:' .. g) or 0)
  if left == 0 then return end
  local names, rest = {}, math.max(0, left - SWEEP)
  for n = rest, left - 1 do names[#names + 1] = meta .. ':' .. g .. ':' .. n end
  redis.call('UNLINK', unpack(names))
  if rest == 0 then
    redis.call('HDEL', meta, 'keys:' .. g, 'fields:' .. g)
  else
    redis.call('HSET', meta, 'keys:' .. g, rest)
  end
end

local fields, known, hits, own, usual = {}, {}, {}, {}, 0
for at = 1, #packed, HASH_BYTES do
  local field = string.sub(packed, at, at + HASH_BYTES - 1)
  local here, before = get(gen, field), get(gen - 1, field)
  fields[#fields + 1], known[field] = field, here
  if here ~= '-' and before ~= '-' then
    local last = string.byte(field, HASH_BYTES)
    own[#own + 1] = last
    local seen = {}
    for number in string.gmatch((here or '') .. ',' .. (before or ''), '%d+') do
      if not seen[number] then
        seen[number] = true
        local of = hits[number]
        if of then of[#of + 1] = last else hits[number] = {last} end
      end
    end
  else
    usual = usual + 1
  end
end

local function record(number)
  local field = string.format('s%07d', number)
  local here = get(gen, field)
  local text = here or get(gen - 1, field)
  if not text then return nil end
  local key, s, r, added = string.match(text, '^(%S+) (%d+) (%d+) (%d+)$')
  return {number = number, key = key, size = tonumber(s), rate = tonumber(r), added = tonumber(added), here = here}
end
local function count(lasts, coarse)
  local n = 0
  for _, last in ipairs(lasts) do if last % coarse == 0 then n = n + 1 end end
  return n
end
local function share_of(story, of)
  local coarse = math.max(rate, story.rate)
  local shared, whole = count(of, coarse), 0
  if rate == 1 then whole = #of / #own end
  if story.rate == 1 then whole = math.max(whole, #of / story.size) end
  if exact or shared >= MIN_SHARED then
    whole = math.max(whole, shared / math.min(count(own, coarse), story.size / coarse))
  end
  return math.min(1, whole)
end
local function save(story)
  set(string.format('s%07d', story.number),
    string.format('%s %d %d %d', story.key, story.size, story.rate, story.added))
end
local function post(number)
  for _, field in ipairs(fields) do
    local there = known[field]
    if not there then
      set(field, number)
    elseif there ~= '-' and not string.find(',' .. there .. ',', ',' .. number .. ',', 1, true) then
      local _, commas = string.gsub(there, ',', '')
      set(field, commas + 2 > MAX_STORIES and '-' or there .. ',' .. number)
    end
  end
end

local function facts_of(text)
  if not text or #text < 3 then return nil end
  local first, second, numbers = string.byte(text, 1, 3)
  local kinds = {{rate = 2 ^ first, has = {}}, {rate = 2 ^ second, has = {}}}
  for at = 4, #text - 1, 2 do
    local high, low = string.byte(text, at, at + 1)
    kinds[at < 4 + 2 * numbers and 1 or 2].has[high * 256 + low] = true
  end
  return kinds
end
local facts = facts_of(ARGV[8])
-- The facts of a story's first text (0) and of those that were added to it.
local function facts_field(number, nth) return string.format('f%d%07d', nth, number) end
local function known_facts(number, nth)
  local field = facts_field(number, nth)
  return get(gen, field) or get(gen - 1, field) or ''
end
-- How many facts of a kind (1 numbers, 2 names) a text shares with a story's texts, of how many that it could share.
local function common(kind, texts)
  local mine, coarse = facts[kind], facts[kind].rate
  for _, text in ipairs(texts) do coarse = math.max(coarse, text[kind].rate) end
  local all, both = 0, 0
  for fact in pairs(mine.has) do
    if fact % coarse == 0 then
      all = all + 1
      for _, text in ipairs(texts) do
        if text[kind].has[fact] then both = both + 1 break end
      end
    end
  end
  for _, text in ipairs(texts) do
    local theirs = 0
    for fact in pairs(text[kind].has) do if fact % coarse == 0 then theirs = theirs + 1 end end
    all = math.min(all, theirs)
  end
  return both, all
end
-- Whether facts are missing that a copy would have. Words that are changed at random, each with the same chance, leave
-- share ^ (1/3) of the names and, for a number counts with the word before it, share ^ (2/3) of the numbers.
local function lacks_facts(story, found, shared)
  if not facts then return false end
  found = math.max(found, (usual + shared) / #fields)
  local texts = {}
  for nth = 0, story.added do texts[#texts + 1] = facts_of(known_facts(story.number, nth)) end
  if #texts == 0 then return false end
  local both, all = common(1, texts)
  local due = all * found ^ (2 / 3)
  if due - both >= NUMBERS_MISSING and both < NUMBERS_LEFT * due then return true end
  if all >= 3 and both >= NUMBERS_AGREE * due then return false end
  both, all = common(2, texts)
  due = all * found ^ (1 / 3)
  return due - both >= NAMES_MISSING and both < NAMES_LEFT * due
end

local best, share = nil, 0
if forced > 0 then
  best, share = record(forced), 0
  if best and hits[tostring(forced)] then share = share_of(best, hits[tostring(forced)]) end
elseif forced == 0 then
  for number, of in pairs(hits) do
    if exact or #of >= MIN_SHARED then
      local story = record(tonumber(number))
      local found = story and share_of(story, of) or 0
      if found >= MIN_SHARE and (found > share or (found == share and story.number < best.number))
        and (exact or not lacks_facts(story, found, #of)) then
        best, share = story, found
      end
    end
  end
end
local new = best == nil
if new then
  local number = forced > 0 and forced or redis.call('HINCRBY', meta, 'last', 1)
  best = {number = number, key = ARGV[6], size = size, rate = rate, added = 0}
  save(best)
  if not exact and ARGV[8] ~= '' then set(facts_field(number, 0), ARGV[8]) end
  post(best.number)
elseif not best.here or (not exact and best.added < MAX_ADDED and (size > best.size * LONGER or share < DIFFERENT)) then
  if best.here then best.added = best.added + 1 end
  if size > best.size then best.size, best.rate = size, math.max(rate, best.rate) end
  if not best.here then
    for nth = 0, best.added do
      local kept = known_facts(best.number, nth)
      if kept ~= '' then set(facts_field(best.number, nth), kept) end
    end
  elseif facts then
    set(facts_field(best.number, best.added), ARGV[8])
  end
  save(best)
  post(best.number)
end
grow()
sweep()
return {best.number, best.key, new and 1 or 0, math.floor(share * 1000)}
