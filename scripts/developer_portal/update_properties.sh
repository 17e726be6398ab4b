#!/usr/bin/env bash
# Tell the Developer Portal what component_config/ holds: texts, addresses, forms, actions, log. Nothing is told unless
# every file is there and has something in it. portal.sh lists the settings.
#
#   scripts/developer_portal/update_properties.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/developer_portal/portal.sh

[ $# = 0 ] || die 'it takes no arguments'

# The property of the portal, and the file in component_config/ that has its value.
properties='
shortDescription component_short_description.md
longDescription component_long_description.md
configurationDescription configuration_description.md
configurationSchema configSchema.json
configurationRowSchema configRowSchema.json
documentationUrl documentationUrl.md
sourceCodeUrl sourceCodeUrl.md
licenseUrl licenseUrl.md
uiOptions uiOptions.md
actions actions.md
logger logger
loggerConfiguration loggerConfiguration.json
'

each() {
  local property file
  while read -r property file; do
    [ -z "$property" ] || "$1" "$property" "component_config/$file" < /dev/null
  done <<< "$properties"
}

check() { [ -s "$2" ] || die "$2 is missing or empty"; }

update() {
  portal update-app-property "$KBC_DEVELOPERPORTAL_VENDOR" "$KBC_DEVELOPERPORTAL_APP" "$1" --value="$(cat "$2")" \
    > /dev/null || die "the portal did not take $1"
  echo "$1"
}

if grep -q '/OWNER/' component_config/*Url.md; then die 'setup.py: write the name of the owner in the place of OWNER, then run make docs'; fi
each check
each update
