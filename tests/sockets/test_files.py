"""Photos over a line that breaks again and again: whole, little of them twice, and also down.

`python3 dev.py simulate --sockets` is the long form: 1 GB in 300 photos, cut every 2 MB.
"""

from __future__ import annotations

import random

from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding
from tests.sockets.files import carry
from tests.sockets.proxy import Trouble
from tests.sockets.sweep import Ground

CUT_EVERY = 2_000_000


def test_photos_arrive_whole_over_a_line_that_breaks_and_little_is_sent_twice(here: Ground) -> None:
    world = here.world()
    carried = carry(world, world.laptops[0], files=10, size=12_000_000, every=CUT_EVERY, seed=3)
    assert carried.breaks >= carried.size // CUT_EVERY - 1
    assert carried.ratio <= 1.05, carried


def test_photos_of_others_come_down_over_a_line_that_breaks(here: Ground) -> None:
    world = here.world()
    laptop, dice, desk = world.laptops[0], random.Random(4), world.centre.desk
    world.finish(laptop)
    finding = Finding(id=world.centre.service.ids.new(), site_id=world.template.sites[0], description="of the desk")
    desk.save(finding)
    digests = []
    for _ in range(3):
        data = dice.randbytes(1_000_000)
        digests.append(world.centre.service.keep_blob(data))
        site, owner = finding.site_id, finding.id
        desk.save(
            Attachment(
                id=world.centre.service.ids.new(), site_id=site, owner_kind="finding", owner_id=owner, digest=digests[-1], size=len(data)
            )
        )
    before = world.network.down
    world.network.arm(Trouble("cut_down", 700_000, every=True))
    result, ended = world.try_round(laptop)
    assert ended == ""
    assert result is not None
    assert result.complete
    assert all(laptop.blobs.has(digest) for digest in digests)
    assert here.counts["cut_down"] >= 4
    assert world.network.down - before < 3_000_000 * 1.15, "what came before a break is kept, but for a piece of 64 KiB"
    world.finish(laptop)


def test_a_limited_line_takes_its_time_and_the_smallest_photo_goes_first(here: Ground) -> None:
    world = here.world()
    laptop, dice = world.laptops[0], random.Random(5)
    world.finish(laptop)
    world.work(laptop, dice.randbytes(150_000))
    world.work(laptop, dice.randbytes(20_000))
    peer = world.peer(laptop, bandwidth_kib_s=100)
    began = laptop.clock.elapsed()
    order = []
    send = peer.send_blob
    peer.send_blob = lambda digest, offset, total, chunk: order.append(total) or send(digest, offset, total, chunk)  # type: ignore[method-assign, func-returns-value]
    laptop.round(peer)
    peer.close()
    assert order == sorted(order)
    assert order[0] == 20_000
    took = laptop.clock.elapsed() - began - 5  # the round itself begins five seconds later
    assert took >= (peer.bytes_up + peer.bytes_down) / 102_400 - 0.3
    assert took < 2 * (peer.bytes_up + peer.bytes_down) / 102_400
    world.finish(laptop)
