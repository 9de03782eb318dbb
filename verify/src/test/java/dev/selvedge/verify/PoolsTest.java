package dev.selvedge.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.spi.AbstractPool;
import dev.selvedge.spi.Capability;
import dev.selvedge.spi.Kernel;
import dev.selvedge.spi.PoolTask;
import dev.selvedge.spi.Ticket;
import dev.selvedge.sync.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a pool's author has to know.
@Timeout(30)
final class PoolsTest {

  /// Keeps what it is given, or refuses it.
  private static final class Desk extends AbstractPool {
    private final List<Ticket> tickets = new ArrayList<>();
    private boolean refuses;

    Desk(int window) {
      super("desk", Kernel.system(), Set.of(Capability.SHARES_HEAP), window);
    }

    @Override
    protected void launch(Ticket ticket) {
      if (refuses) {
        throw new OutOfMemoryError("no thread for it");
      }
      tickets.add(ticket);
    }

    PoolTask next() {
      PoolTask task = tickets.removeFirst().take();
      assertTrue(task != null);
      return task;
    }
  }

  // ---- tasks, as the one who runs them sees them ----------------------------------------------

  @Test
  @Tag("THREAD-08")
  void groupsAndPoolsListTheirTasksThatAreNotDone() throws Exception {
    var end = Event.create();
    TaskGroup.run(
        group -> {
          assertEquals(List.of(), group.tasks());
          Task<?> done = group.fork(() -> {});
          Task<?> child = group.fork(() -> end.await());
          Task<?> served = group.background(() -> end.await());
          done.join();
          assertEquals(List.of(child, served), group.tasks());
          end.set();
          child.join();
          served.join();
          assertEquals(List.of(), group.tasks());
        });
    var desk = new Desk(1);
    Task<?> first = desk.submit(() -> {});
    Task<?> second = desk.submit(() -> {});
    assertEquals(List.of(first, second), desk.tasks());
    desk.next().run();
    assertEquals(List.of(second), desk.tasks());
    desk.next().run();
    assertEquals(List.of(), desk.tasks());
  }

  @Test
  @Tag("THREAD-09")
  void aTaskThatNoThreadCanBeMadeForIsTheSubmittersToKnowAndIsNotListed() throws Exception {
    var desk = new Desk(1);
    desk.refuses = true;
    assertThrows(OutOfMemoryError.class, () -> desk.submit(() -> 1));
    assertEquals(List.of(), desk.tasks());
    desk.refuses = false;
    Task<Integer> task = desk.submit(() -> 1);
    desk.next().run();
    assertEquals(1, task.await());
    desk.close();
  }

  @Test
  @Tag("THREAD-02")
  void aTaskThatIsRunTwiceRunsOnce() {
    var desk = new Desk(1);
    var runs = new AtomicInteger();
    desk.submit(() -> runs.incrementAndGet());
    PoolTask task = desk.next();
    task.run();
    task.run();
    assertEquals(1, runs.get());
    assertThrows(IllegalStateException.class, task::work);
  }

  @Test
  @Tag("EXEC-08")
  void aWindowThatLetsNothingStartIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Desk(0));
    assertThrows(IllegalArgumentException.class, () -> new Desk(-1));
  }
}
