package dev.selvedge.loop;

import dev.selvedge.loop.internal.BatonScheduler;
import dev.selvedge.loop.internal.LoopKernel;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.Ticket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Several event loops, among which tasks are dealt out: each goes to the loop that has the fewest
/// unfinished ones.
///
/// The tasks are this pool's, the loops only carry them. But a group that a task opens is the
/// loop's, so it runs beside its task. The loops end after all tasks of this pool, so after all
/// such groups.
final class PerCoreLoops extends AbstractPool {
  private static final int WINDOW_PER_LOOP = 256;

  private final List<Lane> lanes;

  /// A loop, and how many tasks of this pool it has.
  private record Lane(EventLoop loop, AtomicInteger unfinished) {}

  PerCoreLoops(int loops, EventLoopOptions options) {
    super(
        options.name(),
        options.portable() ? BatonScheduler.KERNEL : LoopKernel.INSTANCE,
        Set.of(Capability.SHARES_HEAP, Capability.INTERRUPTS, Capability.OWN_KERNEL),
        loops * WINDOW_PER_LOOP);
    this.lanes =
        IntStream.range(0, loops)
            .mapToObj(i -> EventLoop.open(_ -> options.name(options.name() + "-" + i)))
            .map(loop -> new Lane(loop, new AtomicInteger()))
            .toList();
  }

  @Override
  protected void launch(Ticket ticket) {
    Lane lane = emptiest();
    lane.unfinished.incrementAndGet();
    try {
      lane.loop.launch(new Dealt(ticket, lane));
    } catch (Throwable refused) {
      lane.unfinished.decrementAndGet();
      throw refused;
    }
  }

  /// A ticket on its lane, which counts it until its task has ended.
  private record Dealt(Ticket ticket, Lane lane) implements Ticket {
    @Override
    public @Nullable PoolTask take() {
      lane.unfinished.decrementAndGet();
      return ticket.take();
    }

    @Override
    public void run() {
      try {
        ticket.run();
      } finally {
        lane.unfinished.decrementAndGet();
      }
    }
  }

  /// The first of several that have the fewest: whoever is dealt to meanwhile is seen or not.
  private Lane emptiest() {
    Lane emptiest = lanes.getFirst();
    for (Lane lane : lanes) {
      if (lane.unfinished.get() < emptiest.unfinished.get()) {
        emptiest = lane;
      }
    }
    return emptiest;
  }

  @Override
  protected <T extends @Nullable Object> Callable<T> prepare(Callable<T> call) {
    return lanes.getFirst().loop.prepare(call);
  }

  @Override
  protected AbstractPool groupPool() {
    return EventLoop.current().<AbstractPool>map(loop -> loop).orElse(this);
  }

  @Override
  protected boolean reportsUncollected() {
    return true;
  }

  @Override
  protected void uncaught(String task, Throwable failure) {
    lanes.getFirst().loop.uncaught(task, failure);
  }

  @Override
  protected void retire() {
    lanes.forEach(lane -> lane.loop.shutdown());
  }
}
