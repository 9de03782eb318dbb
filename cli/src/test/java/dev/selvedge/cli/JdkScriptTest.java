package dev.selvedge.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which JDK the script takes, on a machine that has none: the script under test looks below a
/// folder of the test, and the JDKs there are stand-ins whose `java` says where it lies.
final class JdkScriptTest {
  private static final String NONE =
      "selvedge: needs a JDK 25 or newer, and found none: install one (for example from"
          + " https://adoptium.net, or with 'sdk install java') or set JAVA_HOME";

  private static String tools = "";

  @TempDir private Path folder;
  private Script script = Script.onThisBuild(Path.of(""));

  @BeforeAll
  static void hideJava(@TempDir Path folder) throws IOException {
    tools = Script.pathWithout("java", folder);
  }

  @BeforeEach
  void lookBelowTheFolder() throws IOException {
    var text = Files.readString(Script.thisScript());
    var elsewhere = text.replaceAll(" /(usr|opt|Library)/", " " + folder + "/$1/");
    assertTrue(elsewhere.contains(folder + "/usr/lib/jvm/*"), "the script looks there");
    var copy = Script.executable(folder.resolve("selvedge"), elsewhere);
    Files.createFile(Files.createDirectories(folder.resolve("dist/cli")).resolve("cli.jar"));
    Files.createFile(Files.createDirectories(folder.resolve("dist/lib")).resolve("lib.jar"));
    script =
        Script.at(copy, folder)
            .with("SELVEDGE_DIST", folder.resolve("dist").toString())
            .with("PATH", tools)
            .with("HOME", folder.resolve("home").toString())
            .with("SDKMAN_DIR", "")
            .with("JAVA_HOME", "");
  }

  private Path jre(String name, String version) throws IOException {
    Script.executable(folder.resolve(name + "/bin/java"), "#!/bin/sh\necho " + name + "\n");
    Files.writeString(
        folder.resolve(name).resolve("release"),
        "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
    return folder.resolve(name);
  }

  private Path jdk(String name, String version) throws IOException {
    Script.executable(folder.resolve(name + "/bin/javac"), "#!/bin/sh\n");
    return jre(name, version);
  }

  private void assertTakes(String name) throws Exception {
    var result = script.run("--version");
    assertEquals("", result.err());
    assertEquals(name, result.out().strip());
  }

  private void assertTakesNone() throws Exception {
    var result = script.run("--version");
    assertEquals(List.of(NONE), result.errLines());
    assertEquals("", result.out());
    assertEquals(2, result.exitCode());
  }

  @Test
  void saysInOneLineThatThereIsNone() throws Exception {
    assertTakesNone();
  }

  @Test
  void takesNeitherAnOldOneNorOneThatCannotCompile() throws Exception {
    var old = jdk("usr/lib/jvm/17", "17.0.15");
    jre("usr/lib/jvm/jre-25", "25.0.3");
    Files.createDirectories(folder.resolve("opt/empty/bin"));
    script.with("JAVA_HOME", old.toString());
    assertTakesNone();
    script.with("JAVA_HOME", folder.resolve("opt/empty").toString());
    assertTakesNone();
  }

  @Test
  void takesThatOfJavaHomeThenThatOnThePath() throws Exception {
    jdk("usr/lib/jvm/25", "25.0.3");
    var onPath = jdk("jdks/on-path", "26");
    script.with("PATH", tools + ":" + onPath.resolve("bin"));
    assertTakes("jdks/on-path");
    script.with("JAVA_HOME", jdk("jdks/home", "27-ea").toString());
    assertTakes("jdks/home");
    script.with("JAVA_HOME", jdk("jdks/old", "17.0.15").toString());
    assertTakes("jdks/on-path");
    script.with("JAVA_HOME", folder.resolve("nowhere").toString());
    assertTakes("jdks/on-path");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "usr/lib/jvm/temurin-25",
        "opt/vendor/jdk-25",
        "home/.sdkman/candidates/java/25.0.3-tem",
        "home/.jdks/temurin-25.0.3",
        "Library/Java/JavaVirtualMachines/temurin-25.jdk/Contents/Home"
      })
  void findsOneThatIsInstalled(String name) throws Exception {
    jdk("usr/lib/jvm/17", "17.0.15");
    jdk(name, "25.0.3");
    assertTakes(name);
  }

  @Test
  void prefersTheReleaseThatItIsTestedOnToANewerOne() throws Exception {
    jdk("usr/lib/jvm/26", "26.0.1");
    assertTakes("usr/lib/jvm/26");
    jdk("home/.sdkman/candidates/java/25.0.3-tem", "25.0.3");
    assertTakes("home/.sdkman/candidates/java/25.0.3-tem");
  }

  @Test
  void looksWhereSdkmanSays() throws Exception {
    jdk("sdk/candidates/java/25.0.3-tem", "25.0.3");
    script.with("SDKMAN_DIR", folder.resolve("sdk").toString());
    assertTakes("sdk/candidates/java/25.0.3-tem");
  }
}
