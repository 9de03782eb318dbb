package dev.selvedge.verify.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `tools/Conformance.java` finds every row that is not settled, and this repository has none.
@Timeout(60)
final class ConformanceTest {
  private static final String ROW = "QUEUE-03\tChannel\ta receiver waits\t\n";
  private static final String PROOF = "class ChanTest { @Test @Tag(\"QUEUE-03\") void waits() {} }";

  @TempDir private static Path classes;
  private static Method tool;

  @TempDir private Path root;

  @BeforeAll
  static void compileTheTool() throws Exception {
    Path source = Repository.ROOT.resolve("tools/Conformance.java");
    var compiler = ToolProvider.getSystemJavaCompiler();
    assertEquals(
        0, compiler.run(null, null, null, "-proc:none", "-d", classes + "", source.toString()));
    var loader =
        new URLClassLoader(
            new java.net.URL[] {classes.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
    tool =
        loader
            .loadClass("Conformance")
            .getDeclaredMethod("run", String.class, Path.class, PrintStream.class);
    tool.setAccessible(true);
  }

  @Test
  void everyRowIsProvedOrAnsweredAndThePageSaysHow() throws Exception {
    assertEquals("", check(Repository.ROOT));
  }

  @Test
  void acceptsRowsThatAreProvedOrAnswered() throws Exception {
    repository(ROW + "LOCK-01\tMutex\tlocks\t\n", "LOCK-01\tbecause\n", PROOF);
    assertEquals("", writeAndCheck());
    assertTrue(page().contains("[`ChanTest.waits`](../m/src/test/java/Tests.java)"), page());
    assertTrue(page().contains("answer: because"), page());
  }

  @Test
  void acceptsTheDescriptionOfAStressTest() throws Exception {
    repository(
        ROW + "LOCK-01\tMutex\tlocks\t\n",
        "",
        "@JCStressTest @Description(\"QUEUE-03, LOCK-01: \" + \"hands over\") class HandOver {}");
    assertEquals("", writeAndCheck());
  }

  @Test
  void findsARowWithNeitherProofNorAnswer() throws Exception {
    repository(ROW, "", "class ChanTest { @Test void waits() {} }");
    assertContains("QUEUE-03 is neither proved by a test nor answered", writeAndCheck());
  }

  @Test
  void findsAPageThatIsOutOfDate() throws Exception {
    repository(ROW, "", PROOF);
    assertContains("docs/conformance.md is not what the tests say", check(root));
  }

  @Test
  void findsATestThatNamesAnUnknownRow() throws Exception {
    repository(ROW, "", PROOF + "class More { @Test @Tag(\"QUEUE-99\") void more() {} }");
    assertContains("More.more names QUEUE-99, which is not in rows.tsv", writeAndCheck());
  }

  @Test
  void findsADisabledTest() throws Exception {
    repository(ROW, "", PROOF.replace("@Test", "@Test @Disabled(\"slow\")"));
    assertContains("ChanTest.waits names [QUEUE-03] and is disabled", writeAndCheck());
    repository(ROW, "", "@DisabledOnOs(LINUX) " + PROOF);
    assertContains("is disabled", writeAndCheck());
  }

  @Test
  void findsATagOnWhatIsNoTest() throws Exception {
    repository(ROW, "", PROOF.replace("@Test", ""));
    assertContains("ChanTest.waits names [QUEUE-03] and is not a test", writeAndCheck());
  }

  @Test
  void findsAContractThatNothingFulfils() throws Exception {
    var contract = PROOF.replace("class", "interface").replace("void", "default void");
    var partial = "abstract class Contract\n    implements More,\n        ChanTest {}\n";
    repository(ROW, "", contract + "\n" + partial);
    assertContains("its class is abstract and nothing concrete extends it", writeAndCheck());
    repository(ROW, "", contract + "\n" + partial + "final class FifoTest extends Contract {}");
    assertEquals("", writeAndCheck());
  }

  @Test
  void aTestOfTheLongVerificationAloneIsNoProof() throws Exception {
    repository(ROW, "", PROOF.replace("@Test", "@Test @Tag(\"long\")"));
    assertContains("QUEUE-03 is neither proved by a test nor answered", writeAndCheck());
  }

  @Test
  void onlyAPartThatDoesNotExistYetMayWait() throws Exception {
    repository("PPE-01\tWorkers\tone dies\tnot yet: worker processes\n", "", "");
    assertEquals("", writeAndCheck());
    repository("QUEUE-03\tChannel\ta receiver waits\tnot yet: worker processes\n", "", "");
    assertContains("the rows of QUEUE may not wait: prove QUEUE-03", writeAndCheck());
  }

  @Test
  void findsANoteThatIsOutOfDate() throws Exception {
    repository("QUEUE-03\tChannel\ta receiver waits\tn/a: no queues\n", "", PROOF);
    assertContains("QUEUE-03 is proved or answered; take its note away", writeAndCheck());
  }

  private void repository(String rows, String answers, String tests) throws IOException {
    Files.createDirectories(root.resolve("docs/conformance"));
    Files.createDirectories(root.resolve("m/src/test/java"));
    Files.writeString(root.resolve("docs/conformance/rows.tsv"), rows);
    Files.writeString(root.resolve("docs/conformance/answers.tsv"), answers);
    Files.writeString(root.resolve("m/src/test/java/Tests.java"), tests);
  }

  private String page() {
    return Repository.read(root.resolve("docs/conformance.md"));
  }

  private String writeAndCheck() throws Exception {
    run("write", root);
    return check(root);
  }

  private static String check(Path root) throws Exception {
    return run("check", root);
  }

  /// {@return the problems that the tool found}
  private static String run(String mode, Path root) throws Exception {
    var said = new ByteArrayOutputStream();
    var status = tool.invoke(null, mode, root, new PrintStream(said, true, StandardCharsets.UTF_8));
    var problems = said.toString(StandardCharsets.UTF_8);
    assertEquals(mode.equals("write") || problems.isEmpty() ? 0 : 1, status, problems);
    return problems;
  }

  private static void assertContains(String part, String text) {
    assertTrue(text.contains(part), () -> "no '" + part + "' in: " + text);
  }
}
