package dev.selvedge.trace.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Pool;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Selvedge itself records is read.
final class RealRecordingTest {
  @TempDir private Path folder;

  @Test
  void readsWhatHappenedInAGroup() throws Exception {
    var file = folder.resolve("real.jfr");
    try (var recording = new jdk.jfr.Recording()) {
      recording.enable("jdk.JVMInformation");
      recording.start();
      failInAGroup();
      recording.stop();
      recording.dump(file);
    }
    var read = new RecordingReader().read(file);
    var graph = TaskGraph.of(read);
    int failing = node(graph, "failing");
    int waiting = node(graph, "waiting");
    assertEquals(Outcome.FAILED, graph.run(failing).outcome());
    assertEquals(IllegalStateException.class.getName(), graph.run(failing).exception());
    assertEquals(Outcome.CANCELLED, graph.run(waiting).outcome());
    assertTrue(graph.run(waiting).end() >= graph.run(failing).start());
    var group = graph.groups().get(graph.group(waiting));
    assertEquals("both", group.run().name());
    assertEquals(graph.group(failing), graph.group(waiting));
    assertEquals("owner", graph.run(graph.parent(waiting)).name());
    assertEquals("owner", graph.run(group.owner()).name());
    assertTrue(graph.cancellation(waiting).isPresent());
  }

  private static void failInAGroup() {
    try (var pool = Pool.virtual()) {
      var owner =
          pool.submit(
              "owner",
              () -> {
                TaskGroup.run(
                    options -> options.name("both"),
                    group -> {
                      var begun = new CountDownLatch(1);
                      group.fork(
                          "waiting",
                          () -> {
                            begun.countDown();
                            new CountDownLatch(1).await();
                          });
                      group.fork(
                          "failing",
                          () -> {
                            begun.await();
                            throw new IllegalStateException("on purpose");
                          });
                    });
              });
      assertThrows(TaskFailedException.class, owner::await);
    }
  }

  private static int node(TaskGraph graph, String name) {
    for (int node = 0; node < graph.size(); node++) {
      if (graph.run(node).name().equals(name)) {
        return node;
      }
    }
    throw new AssertionError("no task " + name);
  }
}
