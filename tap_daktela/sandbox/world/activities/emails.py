"""E-mails between the addresses of customers and the mailboxes of the company."""

from tap_daktela.sandbox.storage.tables import Key, Row
from tap_daktela.sandbox.world.activities.course import untaken, waiting, worked
from tap_daktela.sandbox.world.company.queues import MAILBOXES, number_of
from tap_daktela.sandbox.world.crm.customers import CustomerMaker
from tap_daktela.sandbox.world.invented import texts
from tap_daktela.sandbox.world.invented.dice import Shares
from tap_daktela.sandbox.world.row_maker import RowMaker

_ATTACHED = 0.15
_BODIES = 400
"""The number of different bodies. Large worlds repeat them, to save memory."""

_INBOUND = 0.6
_TAKEN = 0.8
_NOT_OPENED = 0.8
_STATES: Shares[str] = Shares({"SENT": 90, "WAIT": 3, "DRAFT": 3, "FAILED": 3, "": 1})
_MAILBOX = Shares({address: 3.0 if place == 0 else 1.0 for place, address in enumerate(MAILBOXES)})
_NUMBERS = {address: number_of(address) for address in MAILBOXES}
_MAILBOX_OF = {category: address for address, categories in MAILBOXES.items() for category in categories}
_FILES = (("faktura.pdf", "application/pdf"), ("foto č. 1.jpg", "image/jpeg"))


class EmailMaker:
    """Makes e-mails."""

    def __init__(self, maker: RowMaker, customers: CustomerMaker) -> None:
        self._maker = maker
        self._rng = maker.rng
        self._customers = customers
        self._bodies: list[str] = []
        self._file = max((int(key) for key in maker.store["activitiesEmailFiles"].by_key), default=0)

    def email(self, epoch: int, contact: Key | None, ticket: Row, *, left_open: bool) -> tuple[Row, Row]:
        """Store an e-mail, about a ticket unless that is empty. Return its row, and how its activity went."""
        maker, rng = self._maker, self._rng
        inbound, mailbox = rng.chance(_INBOUND), _MAILBOX.draw(rng)
        category = maker.store["ticketsCategories"].by_key.get(ticket.get("category", ""), {})
        mailbox = _MAILBOX_OF.get(category.get("title", ""), mailbox)
        course = self._course(epoch, inbound=inbound, left_open=left_open)
        title, address = self._customers.email(contact)
        opened = course.get("time_open") is not None
        sender, receiver = ((title, address), ("", mailbox)) if inbound else (("", mailbox), (title, address))
        headers = {
            "from": [{"address": sender[1], "display": sender[0], "is_group": False}],
            "to": [{"address": receiver[1], "display": receiver[0], "is_group": False}],
            "cc": rng.pick(("", [])),
            "message-id": f"<{epoch}.{rng.below(10**6)}@{sender[1].partition('@')[2]}>",
            "reply-to": [],
        }
        row: Row = {
            "name": maker.unique("emails", epoch),
            "queue": self._queue(mailbox),
            "user": course.get("user"),
            "contact": contact,
            "title": self._subject(ticket, mailbox),
            "address": address,
            "direction": "in" if inbound else "out",
            "wait_time": course.pop("waited") if inbound and opened else None,
            "duration": course["duration"] or None,
            "answered": inbound and opened and rng.chance(0.9),
            "text": self._body(title),
            "options": {"headers": headers},
            "time": maker.text(epoch),
            "state": None if inbound else _STATES.draw(rng),
            "attachments": self._files(epoch) or None,
        }
        course.pop("waited", None)
        maker.put("activitiesEmail", row)
        return row, course

    def unread(self, epoch: int) -> None:
        """Store an e-mail that left no activity, such as spam."""
        self.email(epoch, None, {}, left_open=False)

    def _course(self, epoch: int, *, inbound: bool, left_open: bool) -> Row:
        """How the activity went, and how long it waited as `waited`."""
        maker, rng = self._maker, self._rng
        if inbound and left_open and rng.chance(_NOT_OPENED):
            return waiting(maker, epoch)
        user = maker.worker(_TAKEN if inbound else 1)
        waited = 60 + rng.seconds(3000) if inbound else 0
        if user is None:
            return untaken(maker, epoch, epoch + waited)
        duration = 30 + rng.seconds(260)
        course = worked(
            maker,
            epoch + waited,
            user=user,
            duration=duration,
            aaw=rng.seconds(15) if inbound else 0,
            baw=0 if inbound else duration,
            waiting_from=epoch if inbound else None,
            left_open=left_open,
        )
        return {**course, "waited": waited}

    def _subject(self, ticket: Row, mailbox: str) -> str:
        answered = ticket.get("title")
        return f"Re: {answered}" if answered else texts.subject(self._rng, self._rng.pick(MAILBOXES[mailbox]))

    def _queue(self, mailbox: str) -> Key | None:
        key = _NUMBERS[mailbox]
        return key if key in self._maker.store["queues"].by_key else None

    def _body(self, name: str) -> str:
        if len(self._bodies) < _BODIES:
            self._bodies.append(texts.html(self._rng, name))
            return self._bodies[-1]
        return self._rng.pick(self._bodies)

    def _files(self, epoch: int) -> list[Key]:
        attached = self._maker.rarely("activitiesEmailFiles", _ATTACHED)
        return [self._attachment(epoch) for _ in range(self._rng.span(1, 3) if attached else 0)]

    def _attachment(self, epoch: int) -> Key:
        self._file += 1
        title, kind = self._rng.pick(_FILES)
        row = {"file": self._file, "inline": "0", "cid": f"{self._file}@example.com", "title": title}
        more = {
            "type": kind,
            "size": self._rng.below(10**6),
            "time": self._maker.text(epoch),
            "email": 1000 + self._file,
        }
        return self._maker.put("activitiesEmailFiles", {**row, **more})
