package dev.selvedge.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.Task;
import dev.selvedge.TaskGroup;
import dev.selvedge.loop.io.Connection;
import dev.selvedge.loop.io.TcpClient;
import dev.selvedge.loop.io.TcpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PerCoreTest {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private static EventLoop here() {
    return EventLoop.current().orElseThrow();
  }

  @Test
  void eachTaskGoesToTheLoopThatHasTheFewest() throws Exception {
    try (Pool loops = EventLoop.perCore()) {
      var end = new CountDownLatch(1);
      List<Task<EventLoop>> tasks = new ArrayList<>();
      for (int i = 0; i < 3 * CORES; i++) {
        tasks.add(
            loops.submit(
                () -> {
                  EventLoop loop = here();
                  end.await();
                  return loop;
                }));
      }
      end.countDown();
      List<EventLoop> used = new ArrayList<>();
      for (Task<EventLoop> task : tasks) {
        used.add(task.await());
      }
      assertEquals(CORES, used.stream().distinct().count());
      used.forEach(loop -> assertEquals(3, used.stream().filter(loop::equals).count()));
    }
  }

  @Test
  void groupOfATaskRunsBesideIt() throws Exception {
    try (Pool loops = EventLoop.perCore()) {
      for (int i = 0; i < 2 * CORES; i++) {
        loops
            .submit(
                () -> {
                  EventLoop loop = here();
                  TaskGroup.run(
                      group -> {
                        for (int k = 0; k < 4; k++) {
                          group.fork(
                              () -> {
                                assertSame(loop, here());
                                TaskGroup.run(inner -> inner.fork(() -> assertSame(loop, here())));
                              });
                        }
                      });
                })
            .await();
      }
    }
  }

  @Test
  void connectionsOfAServerAreSpreadOverTheLoops() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    List<Connection> connections = new ArrayList<>();
    try (Pool loops = EventLoop.perCore(options -> options.name("many"));
        TcpServer server =
            TcpServer.open(
                any,
                options -> options.pool(loops),
                (connection, _) -> {
                  for (String line = connection.readLine();
                      line != null;
                      line = connection.readLine()) {
                    connection.write(here().name() + "\n");
                  }
                })) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 4 * CORES; i++) {
        Connection connection = TcpClient.connect(server.address());
        connections.add(connection);
        connection.write("who?\n");
        names.add(Optional.ofNullable(connection.readLine()).orElseThrow());
      }
      for (int i = 0; i < CORES; i++) {
        String name = "many-" + i;
        assertTrue(names.stream().filter(name::equals).count() >= 3, names::toString);
      }
      connections.forEach(Connection::abort);
    }
  }

  @Test
  void programsNameIt() throws Exception {
    try (Pool loops = Pool.named("loops")) {
      assertTrue(loops.submit(() -> EventLoop.current().isPresent()).await());
    }
  }
}
