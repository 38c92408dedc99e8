"""What ties an employee to an activity at a moment: one function, in bulk and in serving.

- `moment`: all that is known strictly before `as_of`, built once and shared by its activities
- `advancing`: the next moment from the last one, where little has come in between
- `similarity`: how much each past activity resembles the one asked about; `designs`: how alike
  designs are in what an organiser decides
- `kernels`: rates over past invitations, weighted by similarity and by time, which lean on the
  person; `plain`: many more that lean on everyone, for trees
- `turnout`: what turnout to expect of each function
- `person`: recency, fatigue, stated preferences, distance
- `crowd`: registrations so far, of all and of colleagues (stage "open" alone)
- `features`: the one function, `pair_features`
"""
