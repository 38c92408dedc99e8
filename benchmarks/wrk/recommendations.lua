-- Asks for the list of one employee after the other, drawn at random from a file of ids.
-- wrk ... -s recommendations.lua -- IDS_FILE TOKEN PATH
local ids = {}
local path

function init(args)
  for line in io.lines(args[1]) do ids[#ids + 1] = line end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  path = args[3]
  math.randomseed(7)
end

function request()
  local body = string.format('{"employee_id": "%s", "k": 10}', ids[math.random(#ids)])
  return wrk.format(nil, path, nil, body)
end

function done(summary, latency)
  local refused = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %f %d\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000, refused))
end
