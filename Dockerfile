# The component for Keboola. What happens here is in scripts, which CI runs as well.

FROM python:3.13-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /code
COPY . .
RUN PYTHON=/usr/local/bin/python scripts/keboola-image /opt/component
CMD ["/opt/component/.venv/bin/tap-daktela-keboola"]

FROM base AS test
RUN PYTHON=/usr/local/bin/python scripts/setup tap target
CMD [".venv/bin/python", "-m", "pytest", "-p", "no:cacheprovider", "tests/keboola"]

FROM python:3.13-slim AS production
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=base /opt/component /opt/component
CMD ["/opt/component/.venv/bin/tap-daktela-keboola"]
