"""The checks of the way to the instance: address, certificate, login, clock, time zone."""

from datetime import datetime, timedelta

from tap_daktela.daktela import clock
from tap_daktela.daktela.client import Client
from tap_daktela.daktela.clock import TOLERANCE, utc_text
from tap_daktela.daktela.instance import FALLBACK_ZONE, Instance
from tap_daktela.daktela.server_clock import refuse_impossible_start
from tap_daktela.doctor.checklist import Checklist
from tap_daktela.errors import (
    AccessError,
    CertificateError,
    ClockError,
    ConfigError,
    ContractError,
    LoginError,
    RemoteError,
    TapError,
    ZoneError,
)
from tap_daktela.settings import Settings

_STAGES = ("address", "certificate", "login", "clock", "zone")
_NEEDED = ("address", "certificate", "login")
"""The stages without which nothing can be read at all."""


def reached(client: Client, settings: Settings, checklist: Checklist) -> bool:
    """Check the way to the instance. Tell whether its lists can be asked for."""
    try:
        instance = client.connect()
    except (AccessError, ConfigError, ContractError, RemoteError) as error:
        return _tell_failure(error, settings, checklist)
    checklist.ok("address", f"{settings.base_url} answers in {instance.seconds:.1f} s (version {instance.version})")
    _tell_certificate(settings, checklist)
    checklist.ok("login", f"the user is {instance.user}")
    _tell_clock(instance, settings, checklist, client.clock.now())
    _tell_zone(instance, settings, checklist)
    _tell_dates(instance, settings, checklist)
    return True


def _tell_failure(error: TapError, settings: Settings, checklist: Checklist) -> bool:
    """Tell at which stage the connection failed. Tell whether lists can be asked for all the same."""
    failed = _stage(error)
    for stage in _STAGES:
        if stage == failed:
            checklist.wrong(stage, str(error))
        elif _STAGES.index(stage) > _STAGES.index(failed):
            checklist.skipped(stage, f"needs the {failed}")
        elif stage == "certificate":
            _tell_certificate(settings, checklist)
        else:
            checklist.ok(stage, f"{settings.base_url} answers" if stage == "address" else "accepted")
    return failed not in _NEEDED


def _stage(error: TapError) -> str:
    if isinstance(error, CertificateError):
        return "certificate"
    if isinstance(error, ClockError):
        return "clock"
    if isinstance(error, ZoneError):
        return "zone"
    return "login" if isinstance(error, (LoginError, AccessError, ContractError)) else "address"


def _tell_certificate(settings: Settings, checklist: Checklist) -> None:
    if settings.base_url.startswith("http:"):
        checklist.ok("certificate", "none is needed: this computer itself is asked, without TLS")
    elif not settings.verify_ssl:
        remedy = "set verify_ssl to true, and name the certificates of your authority in ca_bundle"
        checklist.odd("certificate", f"not checked, so anybody on the way can read and change data: {remedy}")
    else:
        checklist.ok("certificate", "trusted")


def _tell_clock(instance: Instance, settings: Settings, checklist: Checklist, machine: datetime) -> None:
    start = clock.resolve(settings.start_date, instance.zone)
    ahead = instance.now - instance.read_at
    try:
        refuse_impossible_start(instance, start, ends=settings.end_date is not None, machine=machine)
    except ClockError as error:
        checklist.wrong("clock", str(error))
        return
    if abs(ahead) <= TOLERANCE:
        checklist.ok("clock", f"{abs(ahead).total_seconds():.0f} s from this machine's")
        return
    clocks = f"the instance says {utc_text(instance.now)}, this machine {utc_text(instance.read_at)}"
    checklist.odd("clock", f"{clocks}: set the wrong one right; the instance's decides what is read")


def _tell_zone(instance: Instance, settings: Settings, checklist: Checklist) -> None:
    zone, named = instance.zone.key, instance.named_zone
    if named and named != zone:
        checklist.odd(
            "zone", f"timezone is {zone}, and the instance names {named}: leave timezone out, unless you know"
        )
    elif not named and not settings.timezone:
        checklist.odd("zone", f"the instance names none, so that {FALLBACK_ZONE} is taken: set timezone")
    else:
        checklist.ok("zone", f"{zone}, as {'the instance names it' if named else 'timezone says'}")


def _tell_dates(instance: Instance, settings: Settings, checklist: Checklist) -> None:
    """Tell of a range of time that has no rows yet, or none at all."""
    start = clock.resolve(settings.start_date, instance.zone)
    bound = instance.now - timedelta(minutes=settings.settle_minutes)
    end = clock.resolve(settings.end_date, instance.zone) if settings.end_date is not None else None
    if end is not None and end <= start:
        checklist.wrong(
            "settings", f"end_date must be after start_date, and is not in the time zone {instance.zone.key}"
        )
    elif start >= bound:
        checklist.odd("settings", f"start_date is not before {utc_text(bound)}, where reading ends: set an earlier one")
