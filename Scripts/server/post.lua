-- Posts the images of a folder, one behind the other, and prints what came of it as a line of JSON behind "JSON ".
-- wrk … -s post.lua URL -- FILE…

local requests, index = {}, 0
local threads = {}

function setup(thread)
  thread:set("first", #threads)
  table.insert(threads, thread)
end

function init(files)
  local headers = { ["Content-Type"] = "image/jpeg" }
  for _, name in ipairs(files) do
    local file = assert(io.open(name, "rb"))
    table.insert(requests, wrk.format("POST", nil, headers, file:read("*a")))
    file:close()
  end
  index = first
  codes = {}
end

function request()
  index = index + 1
  return requests[(index - 1) % #requests + 1]
end

function response(status)
  codes[status] = (codes[status] or 0) + 1
end

function done(summary, latency)
  local all = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("codes")) do all[status] = (all[status] or 0) + count end
  end
  local pairs_ = {}
  for status, count in pairs(all) do table.insert(pairs_, string.format('"%d": %d', status, count)) end
  local errors = summary.errors
  print(string.format(
    'JSON {"seconds": %f, "p50": %f, "p99": %f, "codes": {%s}, "broken": %d}',
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    table.concat(pairs_, ", "), errors.connect + errors.read + errors.write + errors.timeout))
end
