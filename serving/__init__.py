"""The REST contract and what answers it.

- `contract`, `answers`: what a request may say, and what an answer says
- `problems`: every refusal in one shape, naming the field and the rule
- `predictor`: what is asked of the models; `trained`: the registered models behind it
- `board`: what can be joined at a moment; `recommend`: lists of it
- `shelf`: chances computed ahead; `refreshing`: keeps them up; `preparing`: the process that does
- `everyone`: everyone's list as a stream
- `subject`: what a forecast is about; `forecast`: its head counts; `privacy`: what may be shown
- `online`: features as they are online; `champion`: the models ready to answer, or why not
- `state`: the data and models in memory; `desk`: where answers are made and stored
- `watcher`: takes up what is new while the service answers; `readiness`: what /readyz says
- `openapi`, `pages`: the documentation, served without anything from outside
- `guard`: addresses and keys; `limits`: how often one may call; `bodies`: how much one may send
- `metrics`: freshness, fallback and calibration for Prometheus
- `choosing`: whom to invite within a size and floors
- `replies`: what every answer carries; `logs`: what is said of it on standard error
- `service`: the BentoML service; `server`: it in this process, or in several of
  `worker`; `tls`: its certificate
"""
