package dev.selvedge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `selvedge run` with real programs in real processes.
final class RunScriptTest {
  @TempDir private Path folder;
  private Script script = Script.onThisBuild(Path.of(""));

  @BeforeEach
  void startInFolder() {
    script = Script.onThisBuild(folder);
  }

  private Path source(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private Script.Result run(String... arguments) throws Exception {
    var all = new String[arguments.length + 1];
    all[0] = "run";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return script.run(all);
  }

  private static void assertOut(String expected, Script.Result result) {
    assertEquals("", result.err());
    assertEquals(expected, result.out().strip());
    assertEquals(0, result.exitCode());
  }

  private static void assertRefused(String message, Script.Result result) {
    assertEquals(List.of("selvedge run: " + message), result.errLines());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }

  @Test
  void programsMayUseTheEventLoopWithoutAFlag() throws Exception {
    source(
        "OnLoop.java",
        """
        import module dev.selvedge;

        void main() throws Exception {
          try (Pool pool = Pool.named("loop")) {
            System.out.println(pool.submit(() -> 6 * 7).await());
          }
        }
        """);
    assertOut("42", run("OnLoop.java"));
  }

  @Test
  void runsACompactSourceFileWithTheLibrary() throws Exception {
    source(
        "Hi.java",
        """
        import module dev.selvedge;

        void main() {
          IO.println(ModuleLayer.boot().findModule("dev.selvedge").orElseThrow().getName());
        }
        """);
    assertOut("dev.selvedge", run("Hi.java"));
  }

  @Test
  void passesArgumentsAsTheyAre() throws Exception {
    source("Args.java", "void main(String[] args) { IO.println(List.of(args)); }");
    assertOut(
        "[-v, --, @file, , a b, --help, *]",
        run("Args.java", "-v", "--", "@file", "", "a b", "--help", "*"));
    assertOut("[again]", run("Args.java", "again"));
  }

  /// Not even when the command itself reads them, which it does in order to compile.
  @ParameterizedTest
  @ValueSource(strings = {"--help", "-J-Da=b"})
  void argumentsThatLookLikeOptionsAreTheProgramsOwn(String argument) throws Exception {
    source("Args.java", "void main(String[] args) { IO.println(List.of(args)); }");
    assertOut("[" + argument + "]", run("Args.java", argument));
  }

  @Test
  void findsOtherSourcesFromThePackage() throws Exception {
    source(
        "src/a/b/Main.java",
        "package a.b; class Main { static void main() { System.out.print(a.c.Other.name()); } }");
    source(
        "src/a/c/Other.java",
        "package a.c; public class Other {"
            + " public static String name() { return new Beside().toString(); } }");
    source("src/a/c/Beside.java", "package a.c; record Beside() {}");
    assertOut("Beside[]", run("src/a/b/Main.java"));
  }

  @Test
  void ignoresAModuleInfoInTheSourceRoot() throws Exception {
    source("module-info.java", "module m { requires not.there; }");
    source("InModule.java", "void main() { IO.println(getClass().getModule().isNamed()); }");
    assertOut("false", run("InModule.java"));
  }

  @Test
  void compilesAgainWhenAnUsedSourceChanges() throws Exception {
    source("Main.java", "void main() { IO.println(Used.TEXT); }");
    source("Used.java", "class Used { static final String TEXT = \"one\"; }");
    assertOut("one", run("Main.java"));
    source("Used.java", "class Used { static final String TEXT = \"two\"; }");
    assertOut("two", run("Main.java"));
    source("Used.java", "class Used { static final String TEXT = \"one\"; }");
    assertOut("one", run("Main.java"));
  }

  @Test
  void aNewSourceThatShadowsALibraryTypeIsNoticed() throws Exception {
    source("Main.java", "void main() { IO.println(List.class.getName()); }");
    assertOut("java.util.List", run("Main.java"));
    source("List.java", "class List {}");
    assertOut("List", run("Main.java"));
  }

  /// {@return a file that gets a line whenever the script starts `java` from now on}
  private Path logOfJava() throws IOException {
    var log = folder.resolve("java.log");
    var jdk = Path.of(System.getProperty("java.home"));
    Script.executable(
        folder.resolve("jdk/bin/java"),
        "#!/bin/sh\necho run >>" + log + "\nexec " + jdk + "/bin/java \"$@\"\n");
    Script.executable(folder.resolve("jdk/bin/javac"), "");
    Files.copy(jdk.resolve("release"), folder.resolve("jdk/release"));
    script.with("JAVA_HOME", folder.resolve("jdk").toString());
    return log;
  }

  @Test
  void anUnchangedProgramIsStartedWithoutTheCommand() throws Exception {
    var log = logOfJava();
    source("Main.java", "void main() {}");
    assertOut("", run("Main.java"));
    assertEquals(2, Files.readAllLines(log).size(), "the command and the program");
    assertOut("", run("Main.java"));
    assertEquals(3, Files.readAllLines(log).size(), "the program alone");
  }

  @Test
  void anUnchangedProgramStartsFromACacheThatIsReadOnly() throws Exception {
    var log = logOfJava();
    source("Main.java", "void main() { IO.println(\"done\"); }");
    assertOut("done", run("Main.java"));
    // Even root cannot write to a folder.
    try (var files = Files.walk(folder.resolve("cache"))) {
      var used = files.filter(file -> file.endsWith("used")).findFirst().orElseThrow();
      Files.delete(used);
      Files.createDirectory(used);
    }
    assertOut("done", run("Main.java"));
    assertEquals(3, Files.readAllLines(log).size(), "the program alone");
  }

  @Test
  void theProgramIsTheProcessThatTheUserStarted() throws Exception {
    source("Pid.java", "void main() { IO.println(ProcessHandle.current().pid()); }");
    var result = run("Pid.java");
    assertOut(Long.toString(result.pid()), result);
  }

  @Test
  void passesFlagsAndTheClassPath() throws Exception {
    source("Named.java", "void main() { IO.println(System.getProperty(\"name\") + new lib.X()); }");
    source("x/lib/X.java", "package lib; public record X() {}");
    var javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
    var compiler =
        new ProcessBuilder(javac, "-d", "out", "x/lib/X.java").directory(folder.toFile()).start();
    assertEquals(0, compiler.waitFor());
    assertOut("nX[]", run("-J-Dname=n", "-cp", "out", "Named.java"));
    assertOut("mX[]", run("-J-Dname=m", "--class-path=out", "Named.java"));
  }

  /// Maven is a stand-in here; what it would find is the folder `lib`.
  @Test
  void asksMavenOnceForTheLibrariesThatASourceNames() throws Exception {
    Script.executable(
        folder.resolve("bin/mvn"),
        """
        #!/bin/sh
        for argument; do
          case $argument in
            -Dmdep.outputFile=*) printf '%s' "$PWD/lib" >"${argument#*=}" ;;
            *pom.xml) cat "$argument" >>asked ;;
          esac
        done
        """);
    script.with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    source("lib/word.txt", "found");
    var program =
        """
        //DEPS org.example:word:1.0 org.example:other:2-x
        void main() throws Exception {
          IO.print(new String(getClass().getResourceAsStream("/word.txt").readAllBytes()));
        }
        """;
    source("Word.java", program);
    var first = run("Word.java");
    assertEquals("found", first.out(), first.err());
    assertEquals(
        List.of("selvedge run: asking Maven for org.example:word:1.0, org.example:other:2-x"),
        first.errLines());
    source("Word.java", program + "// changed");
    assertOut("found", run("Word.java"));
    var asked = Files.readString(folder.resolve("asked"));
    assertEquals(1, asked.split("<project>", -1).length - 1, asked);
    assertTrue(
        asked.contains(
            "<groupId>org.example</groupId><artifactId>other</artifactId><version>2-x</version>"),
        asked);
  }

  @Test
  void saysWhyALibraryCannotBeFound() throws Exception {
    source("Wrong.java", "//DEPS org.example:word\nvoid main() {}");
    assertRefused(
        "Wrong.java: //DEPS takes group:artifact:version, and got 'org.example:word'",
        run("Wrong.java"));
    source("Word.java", "// DEPS org.example:word:1.0\nvoid main() {}");
    Script.executable(
        folder.resolve("bin/mvn"), "#!/bin/sh\necho '[ERROR] no such library'\nexit 1\n");
    script.with("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    var refused = run("Word.java");
    assertEquals("selvedge run: Maven says: no such library", refused.errLines().getLast());
    assertEquals(2, refused.exitCode());
    script.with("PATH", Script.pathWithout("mvn", folder.resolve("tools")));
    assertTrue(run("Word.java").err().contains("found no mvn on the PATH"));
  }

  @Test
  void previewFeaturesAreAFlagAway() throws Exception {
    source(
        "Preview.java",
        "void main() throws Exception {"
            + " try (var scope = java.util.concurrent.StructuredTaskScope.open()) {"
            + " scope.join(); IO.println(\"joined\"); } }");
    var result = run("-J--enable-preview", "Preview.java");
    assertEquals("joined", result.out().strip(), result.err());
    assertEquals(2, run("Preview.java").exitCode());
  }

  @Test
  void verbosePrintsACommandThatCanBeRepeated() throws Exception {
    source("Main.java", "void main(String[] args) { IO.println(args[0]); }");
    var result = run("-v", "Main.java", "a 'b' $c");
    assertEquals("a 'b' $c", result.out().strip());
    var again = new ProcessBuilder("bash", "-c", result.err()).start();
    assertEquals("a 'b' $c", new String(again.getInputStream().readAllBytes(), UTF_8).strip());
  }

  @Test
  void exitCodesAreTheProgramsOwn() throws Exception {
    source("Exit.java", "void main(String[] a) { System.exit(Integer.parseInt(a[0])); }");
    assertEquals(7, run("Exit.java", "7").exitCode());
    var failed = run("Exit.java", "seven");
    assertEquals(1, failed.exitCode());
    assertTrue(failed.err().contains("NumberFormatException"), failed.err());
  }

  @Test
  void refusesWhatItCannotRead() throws Exception {
    source("text.txt", "");
    source("pack/Wrong.java", "package other; class Wrong { static void main() {} }");
    source("NoMain.java", "class NoMain { private static void main(int i) {} }");
    source("Empty.java", "");
    assertRefused("cannot read Not.java: there is no such file", run("Not.java"));
    assertRefused("cannot run pack: it is a folder, not a source file", run("pack"));
    assertRefused("the name of the source file is empty", run(""));
    assertRefused("cannot run text.txt: its name does not end in .java", run("text.txt"));
    assertRefused("cannot read no.jar, which is on the class path", run("-cp", "no.jar", "A.java"));
    assertRefused(
        "pack/Wrong.java is in package other, so its folder must end in other",
        run("pack/Wrong.java"));
    assertRefused("NoMain.java: its first class, NoMain, has no main method", run("NoMain.java"));
    assertRefused("Empty.java declares no class", run("Empty.java"));
    assertRefused("write each option on its own, in front of FILE.java", run("-vJ-Da", "A.java"));
  }

  @Test
  void compileErrorsAreShownAndCounted() throws Exception {
    source("Bad.java", "void main() { int x = \"one\"; two(); }");
    var result = run("Bad.java");
    assertEquals(2, result.exitCode());
    assertEquals("", result.out());
    assertTrue(result.err().startsWith("Bad.java:1: error: incompatible types"), result.err());
    assertEquals("selvedge run: Bad.java does not compile: 2 errors", result.errLines().getLast());
  }

  @Test
  void concurrentFirstRunsShareTheClasses() throws Exception {
    source("Main.java", "void main() { IO.println(\"done\"); }");
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<Script.Result> once = () -> run("Main.java");
      for (var result : threads.invokeAll(Collections.nCopies(4, once))) {
        assertOut("done", result.get());
      }
    }
    try (var programs = Files.list(folder.resolve("cache/selvedge/programs"))) {
      assertEquals(1, programs.count());
    }
  }

  private static final String RECORDED =
      """
      import module dev.selvedge;

      void main() throws Exception {
        TaskGroup.run(group -> group.fork("hello", () -> IO.println("hello")));
      }
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"out.jfr | out.jfr", "a folder/it is, well.jfr | \"a folder/it is, well.jfr\""})
  void recordsWhatTasksDo(String file, String shown) throws Exception {
    source("Recorded.java", RECORDED);
    Files.createDirectories(folder.resolve("a folder"));
    var result = run("--record", file, "-J-Xmx64m", "Recorded.java");
    assertEquals("hello", result.out().strip());
    assertEquals(
        List.of(
            "selvedge: recorded to %1$s; look at it with: selvedge timeline %1$s, selvedge report %1$s"
                .formatted(shown)),
        result.errLines());
    assertEquals(0, result.exitCode());
    var events = RecordingFile.readAllEvents(folder.resolve(file));
    assertEquals(
        List.of("hello"),
        events.stream()
            .filter(event -> event.getEventType().getName().equals("selvedge.TaskRun"))
            .map(event -> event.getString("name"))
            .toList());
    assertTrue(
        events.stream().noneMatch(event -> event.getEventType().getName().contains("Sample")),
        events::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere/out.jfr", ".", "taken/out.jfr"})
  void aRecordingThatCannotBeWrittenIsRefusedAtOnce(String file) throws Exception {
    source("Recorded.java", RECORDED);
    source("taken", "a file, and no folder");
    var result = run("--record=" + file, "Recorded.java");
    assertEquals(
        List.of(
            "selvedge: cannot write to '"
                + file
                + "'; name a file in a folder that is there and can be written"),
        result.errLines());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }
}
