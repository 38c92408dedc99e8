# The service, and the commands that import and train, without data: all state lies in the volume.
#
#   docker build --tag huoli .
#   docker run --publish 127.0.0.1:3000:3000 --volume huoli:/var/lib/huoli huoli

FROM python:3.11-slim-bookworm AS build
# LightFM is compiled
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements-build.txt requirements-service.txt ./
RUN python -m venv tools \
    && tools/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt \
    && python -m venv --without-pip /venv
# for any x86-64 processor of the last ten years, not for the builder's own
RUN LIGHTFM_NO_CFLAGS=1 CFLAGS="-O3 -march=x86-64-v3 -ffast-math -fno-finite-math-only" \
    tools/bin/uv pip sync --no-cache --python /venv/bin/python --require-hashes \
    --compile-bytecode requirements-service.txt
COPY . .
RUN tools/bin/uv pip install --no-cache --python /venv/bin/python --no-deps --no-build-isolation \
    --compile-bytecode .

FROM python:3.11-slim-bookworm
# OpenMP's library, which LightGBM and LightFM load
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 huoli \
    && useradd --uid 10001 --gid huoli --no-create-home --home-dir /var/lib/huoli \
       --shell /usr/sbin/nologin huoli \
    && install --directory --owner=huoli --group=huoli --mode=0700 /var/lib/huoli
COPY --from=build /venv /venv
ENV PATH="/venv/bin:$PATH" \
    HOME=/tmp \
    HUOLI_HOME=/var/lib/huoli/home \
    BENTOML_HOME=/tmp/bentoml \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_WAIT_POLICY=PASSIVE \
    GOMP_SPINCOUNT=1000 \
    GIT_PYTHON_REFRESH=quiet \
    MLFLOW_DISABLE_TELEMETRY=true \
    BENTOML_DO_NOT_TRACK=True \
    FEAST_USAGE=False \
    DO_NOT_TRACK=1
USER 10001:10001
WORKDIR /var/lib/huoli
VOLUME /var/lib/huoli
EXPOSE 3000
# 503 until there are tables, features and a model: `docker exec` runs the commands that make them
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/readyz', timeout=8)"]
# as process 1 it hears SIGTERM itself, and answers what has been asked by then
STOPSIGNAL SIGTERM
ENTRYPOINT ["huoli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "3000"]
