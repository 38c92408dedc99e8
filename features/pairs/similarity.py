"""How much each past activity resembles the one asked about, each similarity in 0 to 1."""

import numpy as np
from scipy import sparse

from features.history.activity import Activities
from features.history.columns import DAY, Floats, Ints
from features.pairs.moment import Moment

EARTH_KM = 6371.0
SOON_DAYS = 7.0
# a street, a town, a drive
REACH_KM = {"near": 3.0, "near_10km": 10.0, "near_30km": 30.0}
# the same for trees, where a place not known may be as near as others: reach, and its likeness
VAGUE_REACH_KM = {"spot": (0.5, 0.02), "hereabouts": (40.0, 0.2)}


def similarities(moment: Moment, activity: int) -> dict[str, Floats]:
    """Per kind of likeness, one value per activity in `moment.past`.

    A value unknown on either side resembles nothing, except that activities without coordinates,
    such as online ones, are one place.
    """
    activities = moment.history.activities
    row, rows = int(moment.activity_rows[activity]), moment.activity_rows[moment.past]
    weekday = (activities.weekday[rows] == activities.weekday[row]).astype(float)
    near_hour = _near_hour(activities, row, rows)
    starts = activities.starts
    return {
        "place": _same(activities, "place_id", row, rows),
        **_near(activities, row, rows),
        "city": _same(activities, "city", row, rows),
        "slot": (0.3 + 0.7 * weekday) * near_hour,
        "weekday": weekday,
        "template": _same(activities, "template", row, rows),
        "tags": _cosine(activities.tags, row, rows),
        "text": _cosine(moment.weighted_words, row, rows),
        "title": _cosine(moment.weighted_titles, row, rows),
        "rare_words": _cosine(moment.rare_words, row, rows),
        "rare_title": _cosine(moment.rare_titles, row, rows),
        "hour": near_hour,
        "close_in_time": np.exp(-np.abs(starts[rows] - starts[row]) / (SOON_DAYS * DAY)),
        "series": _same(activities, "series_id", row, rows),
        "organiser": _same(activities, "organiser_id", row, rows),
        "mode": _same(activities, "mode", row, rows),
        # without an audience it is for everyone, which is an audience too
        "audience": _same(activities, "audience", row, rows, least=-1),
        "reward": _reward(activities, row, rows),
    }


def _same(activities: Activities, column: str, row: int, rows: Ints, least: int = 0) -> Floats:
    """Whether codes are the same; those below `least` resemble nothing."""
    codes = activities.coded[column][0]
    found: Floats = ((codes[rows] == codes[row]) & (codes[row] >= least)).astype(float)
    return found


def _near_hour(activities: Activities, row: int, rows: Ints) -> Floats:
    gap = np.abs(activities.local_hour[rows] - activities.local_hour[row])
    found: Floats = np.exp(-((np.minimum(gap, 24 - gap) / 2.0) ** 2))
    return found


def _near(activities: Activities, row: int, rows: Ints) -> dict[str, Floats]:
    """Likeness by distance, at several reaches; what has no coordinates is as one place."""
    latitude, longitude = activities.latitude, activities.longitude
    km = distance_km(latitude[row], longitude[row], latitude[rows], longitude[rows])
    unknown = np.isnan(latitude[row]) & np.isnan(latitude[rows])
    reaches = {name: (reach, 0.0) for name, reach in REACH_KM.items()} | VAGUE_REACH_KM
    return {
        name: np.where(unknown, 1.0, np.nan_to_num(np.exp(-km / reach), nan=otherwise))
        for name, (reach, otherwise) in reaches.items()
    }


def distance_km(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Great-circle distance by the haversine formula, in km; NaN where a coordinate is.

    >>> distance_km(0.0, 0.0, np.array([0.0]), np.array([1.0])).round(1).tolist()
    [111.2]
    """
    a, b = np.radians(latitude), np.radians(latitudes)
    half = np.sin((b - a) / 2) ** 2
    half = half + np.cos(a) * np.cos(b) * np.sin(np.radians(longitudes - longitude) / 2) ** 2
    distance: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance


def _cosine(matrix: sparse.csr_matrix, row: int, rows: Ints) -> Floats:
    target = matrix[[row]]
    products = np.asarray((matrix[rows] @ target.T).todense()).ravel()
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    norms = np.sqrt(squares[rows] * squares[row])
    found: Floats = np.divide(products, norms, out=np.zeros(len(rows)), where=norms > 0)
    return found


def _reward(activities: Activities, row: int, rows: Ints) -> Floats:
    points = np.log1p(np.nan_to_num(activities.reward_points))
    found: Floats = np.exp(-np.abs(points[rows] - points[row]))
    return found
