-- What wrk asks for, and one line of JSON when it is done.

local paths = 500
local asked = {}
local at = 0

function init(_)
  for number = 1, paths do
    asked[number] = wrk.format("GET", "/orders/" .. number)
  end
end

function request()
  at = at % paths + 1
  return asked[at]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"not_2xx_or_3xx":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
