package dev.selvedge.trace.recording;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.recording.SelvedgeEvents.CancelEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.Dropped;
import dev.selvedge.trace.recording.SelvedgeEvents.GroupEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.LaterTaskEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.SampleEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.StallEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.TaskEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.TransferEvent;
import dev.selvedge.trace.recording.SelvedgeEvents.WaitEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecordingReaderTest {
  private static final long MS = 1_000_000;

  @TempDir private Path folder;

  private static TaskEvent task(long id, String name, long start, long duration) {
    var event = new TaskEvent();
    event.task = id;
    event.name = name;
    return SelvedgeEvents.at(event, start, duration);
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private Path recordOneTask(String name) throws IOException {
    SelvedgeEvents.record(file(name), recording -> task(7, "a task", 0, 5 * MS).commit());
    return file(name);
  }

  private static void assertAbout(long expected, long actual) {
    assertTrue(Math.abs(expected - actual) < 1000, expected + " ns, but it is " + actual);
  }

  @Test
  void readsEachKindOfEvent() throws Exception {
    SelvedgeEvents.record(file("all.jfr"), recording -> commitAll());
    var recording = new RecordingReader().read(file("all.jfr"));
    assertEquals(List.of(), recording.notes());
    var process = recording.processes().getFirst();
    assertEquals(ProcessHandle.current().pid(), process.pid());
    assertTrue(process.started() > 0);

    var parent = process.tasks().getFirst();
    var child = process.tasks().getLast();
    assertEquals(2, process.tasks().size());
    assertEquals(
        new TaskRun(
            8,
            "child",
            7,
            3,
            "processes",
            "worker-1",
            child.start(),
            child.duration(),
            2 * MS,
            MS,
            2,
            Outcome.FAILED,
            "java.io.IOException",
            true,
            Thread.currentThread().threadId()),
        child);
    assertAbout(10 * MS, child.start() - parent.start());
    assertAbout(5 * MS, child.duration());
    assertAbout(8 * MS, child.submitted() - parent.start());

    var group = process.groups().getFirst();
    assertEquals(
        new GroupRun(
            3, "pages", 7, "threads", group.start(), group.duration(), 4, 100, Outcome.FAILED),
        group);
    var cancel = process.cancellations().getFirst();
    assertEquals(
        new Cancellation(
            8,
            "child",
            "a sibling failed",
            7,
            "parent",
            3,
            cancel.start(),
            cancel.duration(),
            "A.b(A.java:7)"),
        cancel);
    var wait = process.waits().getFirst();
    assertEquals(new Wait(7, "join", "child", 8, wait.start(), wait.duration()), wait);
    var sample = process.samples().getFirst();
    assertEquals(new PoolSample(sample.at(), "threads", 2, 1, 9, 100), sample);
    var stall = process.stalls().getFirst();
    assertEquals("loop", stall.loop());
    assertTrue(stall.stack().contains("RecordingReaderTest"), stall.stack());
    var transfer = process.transfers().getFirst();
    assertEquals(
        new Transfer(transfer.at(), 8, "processes", "worker-1", "to worker", 4096, 77), transfer);
    assertEquals(List.of(new Drop("waits", 12)), process.drops());
  }

  private static void commitAll() {
    task(7, "parent", 0, 100 * MS).commit();
    var child = task(8, "child", 10 * MS, 5 * MS);
    child.parent = 7;
    child.group = 3;
    child.pool = "processes";
    child.worker = "worker-1";
    child.queued = 2 * MS;
    child.blocked = MS;
    child.attempt = 2;
    child.outcome = "failed";
    child.exception = "java.io.IOException";
    child.commit();
    var group = SelvedgeEvents.at(new GroupEvent(), 0, 50 * MS);
    group.group = 3;
    group.name = "pages";
    group.owner = 7;
    group.pool = "threads";
    group.limit = 4;
    group.forked = 100;
    group.outcome = "failed";
    group.commit();
    var cancel = SelvedgeEvents.at(new CancelEvent(), 12 * MS, 3 * MS);
    cancel.task = 8;
    cancel.name = "child";
    cancel.reason = "a sibling failed";
    cancel.by = 7;
    cancel.byName = "parent";
    cancel.byGroup = 3;
    cancel.swallowed = "A.b(A.java:7)";
    cancel.commit();
    var wait = SelvedgeEvents.at(new WaitEvent(), 11 * MS, 4 * MS);
    wait.task = 7;
    wait.kind = "join";
    wait.on = "child";
    wait.holder = 8;
    wait.commit();
    var sample = new SampleEvent();
    sample.pool = "threads";
    sample.threads = 2;
    sample.running = 1;
    sample.queued = 9;
    sample.done = 100;
    sample.commit();
    var stall = SelvedgeEvents.at(new StallEvent(), 0, 500 * MS);
    stall.loop = "loop";
    stall.commit();
    var transfer = new TransferEvent();
    transfer.task = 8;
    transfer.pool = "processes";
    transfer.worker = "worker-1";
    transfer.direction = "to worker";
    transfer.bytes = 4096;
    transfer.serialization = 77;
    transfer.commit();
    var dropped = new Dropped();
    dropped.what = "waits";
    dropped.count = 12;
    dropped.commit();
  }

  @Test
  void theJdksSleepIsAWaitOfTheTaskThatSlept() throws Exception {
    SelvedgeEvents.record(
        file("sleep.jfr"),
        recording -> {
          recording.enable("jdk.ThreadSleep").withThreshold(Duration.ZERO);
          var event = new TaskEvent();
          event.task = 7;
          event.begin();
          sleepAMillisecond();
          event.commit();
        });
    var waits = new RecordingReader().read(file("sleep.jfr")).processes().getFirst().waits();
    assertEquals(1, waits.size());
    assertEquals(7, waits.getFirst().task());
    assertEquals("sleep", waits.getFirst().kind());
  }

  private static void sleepAMillisecond() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void filesPutOneAfterTheOtherAreOneRecording() throws Exception {
    SelvedgeEvents.record(file("a.jfr"), recording -> task(1, "first", 0, MS).commit());
    SelvedgeEvents.record(file("b.jfr"), recording -> task(2, "second", MS, MS).commit());
    var both =
        concatenated(
            "both.jfr", Files.readAllBytes(file("a.jfr")), Files.readAllBytes(file("b.jfr")));
    var recording = new RecordingReader().read(both);
    assertEquals(1, recording.processes().size());
    assertEquals(
        List.of("first", "second"),
        recording.processes().getFirst().tasks().stream().map(TaskRun::name).toList());
    assertEquals(2, recording.taskCount());
  }

  private Path concatenated(String name, byte[]... parts) throws IOException {
    try (var out = Files.newOutputStream(file(name))) {
      for (var part : parts) {
        out.write(part);
      }
    }
    return file(name);
  }

  /// Ids of different processes may be the same.
  @Test
  void processesInOneFileAreKeptApart() throws Exception {
    var source =
        Files.writeString(
            file("Other.java"),
            """
            void main(String[] arguments) throws Exception {
              try (var recording = new jdk.jfr.Recording()) {
                recording.enable("jdk.JVMInformation");
                recording.start();
                var event = new TaskRun();
                event.task = 7;
                event.name = "there";
                event.commit();
                recording.stop();
                recording.dump(java.nio.file.Path.of(arguments[0]));
              }
            }

            @jdk.jfr.Name("selvedge.TaskRun")
            static class TaskRun extends jdk.jfr.Event {
              long task;
              String name;
            }
            """);
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var other =
        new ProcessBuilder(java, source.toString(), file("there.jfr").toString())
            .inheritIO()
            .start();
    assertEquals(0, other.waitFor());
    var both =
        concatenated(
            "both.jfr",
            Files.readAllBytes(recordOneTask("here.jfr")),
            Files.readAllBytes(file("there.jfr")));
    var processes = new RecordingReader().read(both).processes();
    assertEquals(
        List.of(ProcessHandle.current().pid() + " a task", other.pid() + " there"),
        processes.stream().map(p -> p.pid() + " " + p.tasks().getFirst().name()).toList());
    assertEquals(7, processes.getFirst().tasks().getFirst().task());
    assertEquals(7, processes.getLast().tasks().getFirst().task());
  }

  @Test
  void aNamelessTaskIsCalledByItsId() throws Exception {
    SelvedgeEvents.record(file("nameless.jfr"), recording -> task(7, "", 0, MS).commit());
    var tasks = new RecordingReader().read(file("nameless.jfr")).processes().getFirst().tasks();
    assertEquals("task-7", tasks.getFirst().name());
  }

  @Test
  void aMegabyteOfNameIsCut() throws Exception {
    SelvedgeEvents.record(
        file("long.jfr"), recording -> task(7, "<b>".repeat(350_000), 0, MS).commit());
    var recording = new RecordingReader().read(file("long.jfr"));
    var name = recording.processes().getFirst().tasks().getFirst().name();
    assertEquals(EventFields.LONGEST_TEXT, name.length());
    assertEquals(List.of("1 texts of more than 300 characters are cut"), recording.notes());
  }

  @Test
  void whatALaterVersionRecordsIsReadAsFarAsItIsKnown() throws Exception {
    SelvedgeEvents.record(
        file("later.jfr"),
        recording -> {
          var event = new LaterTaskEvent();
          event.task = 7;
          event.name = "later";
          event.commit();
        });
    var task =
        new RecordingReader().read(file("later.jfr")).processes().getFirst().tasks().getFirst();
    assertEquals(7, task.task());
    assertEquals(1, task.attempt());
    assertEquals(Outcome.UNKNOWN, task.outcome());
    assertEquals("", task.pool());
    assertTrue(task.started());
  }

  private String refusal(Path file) {
    var refused =
        assertThrows(UnreadableRecordingException.class, () -> new RecordingReader().read(file));
    var message = Objects.requireNonNull(refused.getMessage());
    assertTrue(message.startsWith(file.toString()), message);
    assertEquals(1, message.lines().count(), message);
    return message.substring(file.toString().length());
  }

  private static final String REMEDY =
      "; record one with 'selvedge run --record FILE.jfr PROGRAM.java'";

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertEquals(" does not exist" + REMEDY, refusal(file("nowhere.jfr")));
  }

  @Test
  void aFolderIsRefused() {
    assertEquals(" is a folder; name a .jfr file", refusal(folder));
  }

  @Test
  void anEmptyFileIsRefused() throws Exception {
    Files.createFile(file("empty.jfr"));
    assertEquals(
        " is empty: the program that recorded it has not ended, or was killed" + REMEDY,
        refusal(file("empty.jfr")));
  }

  @Test
  void anotherKindOfFileIsRefused() throws Exception {
    Files.writeString(file("text.jfr"), "This is no recording. ".repeat(10_000));
    assertEquals(" is not a Flight Recorder file" + REMEDY, refusal(file("text.jfr")));
  }

  @Test
  void aRecordingWithoutOurEventsIsRefused() throws Exception {
    SelvedgeEvents.record(file("foreign.jfr"), recording -> {});
    assertEquals(" has no events of Selvedge" + REMEDY, refusal(file("foreign.jfr")));
  }

  @Test
  void aHeaderAloneIsRefused() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    Files.write(file("header.jfr"), Arrays.copyOf(bytes, Chunk.HEADER));
    assertEquals(
        " is damaged and nothing of it can be read (part 1 of 1 is cut off or damaged)" + REMEDY,
        refusal(file("header.jfr")));
  }

  @Test
  void whatIsBehindACutPartIsRead() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    var cut = Arrays.copyOf(bytes, bytes.length / 2);
    var recording = new RecordingReader().read(concatenated("cut.jfr", cut, bytes));
    assertEquals(1, recording.taskCount());
    assertEquals("part 1 of 2 is cut off or damaged", recording.notes().getFirst());
    assertTrue(
        recording.notes().get(1).startsWith("part 1 of 2 is lost: "), recording.notes().get(1));
  }

  @Test
  void whatIsBetweenPartsIsSkipped() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    var recording =
        new RecordingReader().read(concatenated("between.jfr", bytes, new byte[100_000], bytes));
    assertEquals(2, recording.taskCount());
    assertEquals(
        List.of("the 100000 bytes from byte " + bytes.length + " on are no part of a recording"),
        recording.notes());
  }

  /// As a process leaves it that was killed while it recorded.
  @Test
  void aPartThatWasNeverCompletedIsRead() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    bytes[64] = (byte) 255;
    var recording = new RecordingReader().read(concatenated("killed.jfr", bytes));
    assertEquals(1, recording.taskCount());
  }

  @Test
  void constantPoolsThatFormACircleDoNotHangTheReader() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    var pools = (int) ByteBuffer.wrap(bytes).getLong(16);
    // Size, type, start and duration are in front of the number that says where the one before is.
    int delta = pools;
    for (int numbers = 0; numbers < 4; numbers++) {
      while ((bytes[delta++] & 0x80) != 0) {}
    }
    bytes[delta] = 0x05;
    assertEquals(
        " is damaged and nothing of it can be read (part 1 of 1 is lost: its constant pools are"
            + " damaged)"
            + REMEDY,
        refusal(concatenated("circle.jfr", bytes)));
  }

  @Test
  void readsOrRefusesWhateverIsCutOff() throws Exception {
    var bytes = Files.readAllBytes(recordOneTask("whole.jfr"));
    List<Integer> lengths = new ArrayList<>(List.of(1, 3, 4, 8, 67, 68, 69, bytes.length - 1));
    for (int i = 1; i < 40; i++) {
      lengths.add((int) ((long) bytes.length * i / 40));
    }
    for (int length : lengths) {
      assertReadOrRefused(Arrays.copyOf(bytes, length), "cut to " + length);
    }
  }

  /// The JDK's reader fails with an Error, too, and whatever it throws ends up in a note.
  @Test
  void readsOrRefusesWhateverIsOverwritten() throws Exception {
    SelvedgeEvents.record(file("all.jfr"), recording -> commitAll());
    var bytes = Files.readAllBytes(file("all.jfr"));
    for (int seed = 0; seed < 250; seed++) {
      var random = new Random(seed);
      var damaged = bytes.clone();
      for (int i = 0; i < 1 + seed % 20; i++) {
        // Half of the damage goes to the first bytes, where there are places and sizes.
        int place = random.nextInt(random.nextBoolean() ? 100 : bytes.length);
        damaged[place] = (byte) random.nextInt();
      }
      assertReadOrRefused(damaged, "seed " + seed);
    }
  }

  private void assertReadOrRefused(byte[] bytes, String what) throws Exception {
    Files.write(file("damaged.jfr"), bytes);
    try {
      var recording =
          new RecordingReader(Duration.ofSeconds(10), read -> {}).read(file("damaged.jfr"));
      assertTrue(recording.taskCount() <= 2, what);
    } catch (UnreadableRecordingException e) {
      var message = Objects.requireNonNull(e.getMessage());
      assertTrue(message.startsWith(file("damaged.jfr").toString()), what);
      assertEquals(1, message.lines().count(), what + ": " + message);
    }
  }

  @Test
  void leavesNoFilesBehind() throws Exception {
    recordOneTask("whole.jfr");
    var before = temporaryFolders();
    new RecordingReader().read(file("whole.jfr"));
    assertEquals(before, temporaryFolders());
  }

  private static List<Path> temporaryFolders() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("selvedge-recording-"))
          .sorted()
          .toList();
    }
  }
}
