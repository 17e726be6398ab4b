#!/usr/bin/env bash
# Push an image of the component to Keboola's registry, and make it the version that runs. portal.sh lists the settings.
#
#   docker build --file Dockerfile.keboola --target production --tag tap-daktela-keboola .
#   scripts/developer_portal/deploy.sh 0.2.0
#
# The tag is the version in tap_daktela/__init__.py, without a `v`: Keboola takes X.Y.Z only.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/developer_portal/portal.sh

[ $# = 1 ] || die 'usage: scripts/developer_portal/deploy.sh X.Y.Z'
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' tap_daktela/__init__.py)
[ "$1" = "$version" ] || die "the tag is $1, but the version in tap_daktela/__init__.py is $version"
[[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "the tag is $1, and Keboola takes X.Y.Z only"

vendor=$KBC_DEVELOPERPORTAL_VENDOR app=$KBC_DEVELOPERPORTAL_APP
repository=$(portal ecr:get-repository "$vendor" "$app") || die 'the portal did not name the registry'
# What the portal answers is a docker login with a password of some hours.
login=$(portal ecr:get-login "$vendor" "$app") || die 'the portal gave no login for the registry'
eval "$login" > /dev/null
docker tag tap-daktela-keboola "$repository:$1"
docker push "$repository:$1"
portal update-app-repository "$vendor" "$app" "$1" ecr "$repository" > /dev/null || die 'the portal did not take the version'
echo "$app $1"
