"""What the pages of the known protections have in them, and honest pages behind the same protections have not.

Those embed scripts of their protection too: Cloudflare's `challenge-platform/scripts/jsd`, `js.datadome.co/tags.js`,
`window._pxAppId`, `_Incapsula_Resource?SWJIYLWA=`, `AwsWafIntegration`, `KPSDK.configure`, `recaptcha/api.js`. None of
these is a marker here.
"""

from __future__ import annotations

from typing import NamedTuple


class Marker(NamedTuple):
    protection: str
    all_of: tuple[bytes, ...]
    """Pieces of the page in lower case, all of which are in it."""


HEADERS = (
    # (name, the beginning of its value in lower case, protection)
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "captcha", "DataDome"),
)

MARKERS = (
    Marker("Cloudflare", (b"_cf_chl_opt",)),
    Marker("Cloudflare", (b"<title>just a moment...</title>",)),
    Marker("Cloudflare", (b"<title>attention required! | cloudflare",)),
    Marker("Cloudflare", (b"cf-error-details", b"you have been blocked")),
    Marker("Cloudflare", (b"cf-error-details", b"1020")),
    Marker("Cloudflare", (b"error code: 1020",)),
    Marker("DataDome", (b"captcha-delivery.com/",)),
    Marker("HUMAN (PerimeterX)", (b'id="px-captcha"',)),
    Marker("HUMAN (PerimeterX)", (b"captcha.px-cdn.net",)),
    Marker("HUMAN (PerimeterX)", (b"access to this page has been denied", b"_px")),
    Marker("Akamai", (b"access denied", b"reference&#32;&#35;")),
    Marker("Akamai", (b"access denied", b"reference #", b"you don't have permission")),
    Marker("Akamai", (b"errors.edgesuite.net",)),
    Marker("Akamai", (b"/_sec/verify?provider=",)),
    Marker("Akamai", (b"sec-if-cpt-container",)),
    Marker("Imperva", (b"incapsula incident id",)),
    Marker("Imperva", (b"_incapsula_resource", b"incident_id=")),
    Marker("Imperva", (b"<title>pardon our interruption",)),
    Marker("AWS WAF", (b"window.gokuprops",)),
    Marker("Kasada", (b"kpsdk", b"/ips.js")),
    Marker("Sucuri", (b"sucuri website firewall", b"access denied")),
    Marker("F5", (b"the requested url was rejected", b"support id")),
    Marker("Amazon", (b"/errors/validatecaptcha",)),
)

CAPTCHA_FORMS = (
    (b"g-recaptcha", "reCAPTCHA"),
    (b"h-captcha", "hCaptcha"),
    (b"cf-turnstile", "Turnstile"),
    (b"frc-captcha", "Friendly Captcha"),
    (b'name="captcha"', "a captcha field"),
)

# What such a page says; in lower case, as UTF-8.
CHALLENGES = tuple(
    phrase.encode()
    for phrase in (
        "are you a human",
        "are you human",
        "are you a robot",
        "not a robot",
        "you are human",
        "you're human",
        "you are a human",
        "unusual traffic",
        "unusual activity",
        "automated requests",
        "automated queries",
        "suspicious activity",
        "solve the captcha",
        "complete the captcha",
        "security check",
        "sind sie ein mensch",
        "kein roboter",
        "ungewöhnlicher datenverkehr",
        "êtes-vous un robot",
        "pas un robot",
        "trafic inhabituel",
        "no soy un robot",
        "no eres un robot",
        "non sono un robot",
        "geen robot",
        "não sou um robô",
        "nie jestem robotem",
        "я не робот",
        "我不是机器人",
        "私はロボットではありません",
    )
)
