"""Headers: which carry meaning, and the built-in rules for what is each side's own."""

MEANINGFUL = frozenset(
    {
        "accept-patch",
        "accept-post",
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "access-control-max-age",
        "allow",
        "api-version",
        "cache-control",
        "content-disposition",
        "content-language",
        "content-location",
        "content-range",
        "content-type",
        "deprecation",
        "etag",
        "link",
        "location",
        "preference-applied",
        "proxy-authenticate",
        "refresh",
        "retry-after",
        "set-cookie",
        "sunset",
        "total-count",
        "trailer",
        "vary",
        "warning",
        "www-authenticate",
        "x-total-count",
    }
)
"""Compared by default: what RFC 9110 and its neighbours let a client act on."""

_VOLATILE = {
    "date": ("date",),
    "last-modified": ("last-modified", "expires", "age"),
    "server": ("server", "x-powered-by", "x-aspnet-version", "x-runtime", "via", "x-generator"),
    "request-id": (
        "request-id",
        "x-request-id",
        "x-requestid",
        "x-correlation-id",
        "x-correlationid",
        "correlation-id",
        "x-transaction-id",
        "x-amz-request-id",
        "x-amz-id-2",
        "x-amzn-requestid",
        "x-ms-request-id",
        "x-github-request-id",
    ),
    "trace": (
        "traceparent",
        "tracestate",
        "traceresponse",
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-parentspanid",
        "x-b3-sampled",
        "x-trace-id",
        "x-span-id",
        "x-amzn-trace-id",
        "x-cloud-trace-context",
        "x-datadog-trace-id",
        "x-datadog-parent-id",
        "x-datadog-sampling-priority",
        "sentry-trace",
        "baggage",
        "uber-trace-id",
        "cf-ray",
    ),
    "timing": (
        "server-timing",
        "x-response-time",
        "x-process-time",
        "x-envoy-upstream-service-time",
        "x-cache",
        "x-cache-hits",
        "x-served-by",
        "x-timer",
    ),
    "rate-limit": (
        "ratelimit",
        "ratelimit-policy",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-used",
        "x-ratelimit-resource",
        "x-rate-limit-limit",
        "x-rate-limit-remaining",
        "x-rate-limit-reset",
    ),
    "reporting": ("nel", "report-to", "reporting-endpoints", "alt-svc"),
}
_TRANSFER = (
    "connection",
    "content-encoding",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
)

VOLATILE: dict[str, str] = {
    name: f"builtin:{group}" for group, names in _VOLATILE.items() for name in names
}
"""Lower-case header name to the id of the built-in rule that covers it; always compared."""

TRANSFER: dict[str, str] = dict.fromkeys(_TRANSFER, "builtin:transfer")
"""How the bytes travel, not what they mean; compared only when all headers are."""

BUILTIN_RULES: dict[str, str] = {
    "builtin:cookie-value": "Values and the moments they expire are each side's own; "
    "names and attributes count.",
    "builtin:etag": "Each side computes its own tag; presence and strength count.",
    "builtin:retry-after": "Depends on the moment; presence counts.",
    "builtin:date": "The clock of the moment.",
    "builtin:last-modified": "Follows when a side last wrote or cached, not what it answers.",
    "builtin:server": "Names the software, which is what changes.",
    "builtin:request-id": "Made up for every request.",
    "builtin:trace": "Made up for every request by tracing.",
    "builtin:timing": "How long a side took, or which cache answered.",
    "builtin:rate-limit": "Counts the calls so far; each side has its own count.",
    "builtin:reporting": "Where browsers report to; a matter of the host.",
    "builtin:own-origin": "The same path, and each side names itself.",
    "builtin:hosts": "The same path; [compare] hosts says which host stands for which.",
    "builtin:transfer": "How the bytes travel; bodies are compared decoded.",
}
"""Every built-in rule and its reason."""
