"""What each person is like: propensity, tastes, time slots, response to points, reliability."""

from dataclasses import dataclass

import numpy as np

from sample_company import model
from sample_company.organisation import Floats, Ints
from sample_company.settings import Settings
from sample_company.vocabulary import SLOTS, TAGS


@dataclass(frozen=True)
class Latent:
    """Each person's constants; `own` and `drift` are people x tags, `slots` people x slots."""

    propensity: Floats
    own: Floats
    drift: Floats
    slots: Floats
    keenness: Floats
    reliability: Floats

    def taste(self, function: Ints, years: float) -> Floats:
        """Everyone's taste by tag, years after the begin."""
        taste: Floats = model.TASTE[function] + self.own + years * self.drift
        return taste


def make_latent(settings: Settings, n_people: int) -> Latent:
    """Draw everyone's constants."""
    rng = settings.rng("latent")
    keen = rng.random(n_people) < model.KEEN_SHARE
    keenness = np.where(keen, model.KEENNESS[1], model.KEENNESS[0])
    return Latent(
        propensity=rng.normal(model.KEEN_PROPENSITY * keen, model.PROPENSITY_SD),
        own=rng.normal(0, model.TASTE_SD, (n_people, len(TAGS))),
        drift=rng.normal(0, model.DRIFT_SD, (n_people, len(TAGS))),
        slots=model.SLOT_MEAN + rng.normal(0, model.SLOT_SD, (n_people, len(SLOTS))),
        keenness=keenness * rng.lognormal(0, model.KEENNESS_SD, n_people),
        reliability=rng.normal(0, model.RELIABILITY_SD, n_people),
    )
