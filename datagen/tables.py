"""The raw tables that can be made, in the order in which they are written."""

from datagen.chunks import Maker
from datagen.events import UserEvents
from datagen.logs import LogLines
from datagen.orders import Orders
from datagen.playback import PlaybackHeartbeats
from datagen.rates import ExchangeRates
from datagen.scans import ShipmentScans
from datagen.shipments import ShipmentChanges
from datagen.users import ActiveUsers, Users
from datagen.web import WebEvents

MAKERS: dict[str, type[Maker]] = {
    maker.table: maker
    for maker in (
        *(WebEvents, LogLines, UserEvents, PlaybackHeartbeats, ShipmentChanges, ShipmentScans),
        *(Orders, Users, ActiveUsers, ExchangeRates),
    )
}
