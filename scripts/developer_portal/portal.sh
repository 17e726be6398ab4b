# Sourced by the scripts beside it: the settings, and `portal`, the command line of Keboola's Developer Portal.
#
# Settings are read from the environment:
#   KBC_DEVELOPERPORTAL_VENDOR, KBC_DEVELOPERPORTAL_APP          the vendor, and the id of the component
#   KBC_DEVELOPERPORTAL_USERNAME, KBC_DEVELOPERPORTAL_PASSWORD   a service account of that vendor
#   KBC_DEVELOPERPORTAL_CLI                                      the image of Keboola's developer-portal-cli-v2
#   KBC_DEVELOPERPORTAL_URL                                      only for a portal that is not Keboola's own

# A trace would show what the portal answers, which can be a password.
set +x

die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

for name in VENDOR APP USERNAME PASSWORD CLI; do
  variable=KBC_DEVELOPERPORTAL_$name
  [ -n "${!variable:-}" ] || die "$variable is not set; scripts/developer_portal/portal.sh says what it is"
done
command -v docker > /dev/null || die 'docker is missing: the command line of the portal is an image'
export KBC_DEVELOPERPORTAL_URL=${KBC_DEVELOPERPORTAL_URL:-https://apps-api.keboola.com}

# The credentials go through the environment: everybody on the machine can read arguments.
portal() {
  docker run --rm \
    -e KBC_DEVELOPERPORTAL_USERNAME -e KBC_DEVELOPERPORTAL_PASSWORD -e KBC_DEVELOPERPORTAL_URL \
    "$KBC_DEVELOPERPORTAL_CLI" "$@"
}
