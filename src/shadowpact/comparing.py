"""The comparer that a configuration describes."""

from collections.abc import Iterable

from shadowpact.compare import Comparer
from shadowpact.compare.markup import Markup
from shadowpact.compare.origins import Services
from shadowpact.compare.settings import Rule
from shadowpact.config.settings import Settings


def comparer_of(settings: Settings, rules: Iterable[Rule]) -> Comparer:
    """A comparer.

    Args:
        settings: Of the compare stage, and where the services answer.
        rules: Those that apply today.

    Raises:
        ConfigError: A rule cannot work as written.
    """
    compare = settings.compare
    return Comparer(
        rules,
        headers=compare.headers,
        builtin_rules=compare.builtin_rules,
        markup=Markup.of(compare.xml_white_space, compare.xml_comments),
        services=Services(
            baseline=settings.baseline_url,
            candidates={one.name: one.url for one in settings.mirror.candidates},
            hosts=compare.hosts,
        ),
    )
