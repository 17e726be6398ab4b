# The tap. Its one step is a script, which CI runs as well. Dockerfile.keboola makes the component for Keboola.
#
#   docker build -t tap-daktela .
#   docker run --rm --user "$(id -u)" -v "$PWD:/work" -w /work tap-daktela --config config.json --test

FROM python:3.13-slim AS build
WORKDIR /code
COPY . .
RUN PYTHON=/usr/local/bin/python scripts/image tap /opt/tap

FROM python:3.13-slim
COPY --from=build /opt/tap /opt/tap
USER nobody
ENTRYPOINT ["/opt/tap/.venv/bin/tap-daktela"]
