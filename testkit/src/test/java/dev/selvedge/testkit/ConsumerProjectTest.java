package dev.selvedge.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Builds a user's Maven project outside of the reactor and runs it, on the class path and on the
/// module path, without any flag for the JVM.
///
/// The project's Maven has a local repository of its own, in a temporary folder. Its one remote
/// repository for Selvedge is another folder, with the jar and poms of this build; for everything
/// else a mirror points to the local repository of the build that runs this test. That holds every
/// plugin that the project needs, in the same version, because the build needed them in order to
/// come here. So the test needs no network, no settings and no earlier build, and leaves nothing
/// behind.
@Timeout(120)
class ConsumerProjectTest {
  private static final String VERSION = System.getProperty("selvedge.version", "");
  private static final Path ROOT = Path.of(System.getProperty("selvedge.root", ".."));
  private static final Path JAR = Path.of(System.getProperty("selvedge.core.jar", "core.jar"));

  @TempDir private Path temporary = Path.of("");

  @Test
  void buildsAndRunsOnClassPathAndModulePath() throws Exception {
    assumeTrue(Files.exists(JAR), "mvn test makes no jars, mvn verify does");
    Path repository = publish();
    Path project = Files.createDirectories(temporary.resolve("consumer"));
    Path sources = Files.createDirectories(project.resolve("src/main/java"));
    Files.writeString(project.resolve("pom.xml"), pom());
    Files.writeString(sources.resolve("module-info.java"), resource("module-info.java.txt"));
    Files.createDirectories(sources.resolve("consumer"));
    Files.writeString(sources.resolve("consumer/Main.java"), resource("Main.java.txt"));
    Path settings = temporary.resolve("settings.xml");
    Files.writeString(settings, settings(repository));
    run(
        project,
        Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
        "--batch-mode",
        "--quiet",
        "--settings",
        settings.toString(),
        "--global-settings",
        settings.toString(),
        "-Dmaven.repo.local=" + temporary.resolve("local"),
        "compile");

    Path resolved =
        temporary.resolve("local").resolve(folder("selvedge-core")).resolve(file("selvedge-core"));
    assertTrue(Files.exists(resolved), () -> "resolved by Maven: " + resolved);
    String classes = project.resolve("target/classes").toString();
    String path = classes + File.pathSeparator + resolved;
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    assertEquals(
        List.of("42 14 false virtual"),
        run(project, java, "-cp", path, "consumer.Main", "virtual"));
    assertEquals(
        List.of("42 14 true threads:2"),
        run(project, java, "-p", path, "-m", "consumer/consumer.Main", "threads:2"));
  }

  private static String pom() throws IOException {
    return resource("pom.xml")
        .replace("SELVEDGE_VERSION", VERSION)
        .replace("COMPILER_PLUGIN_VERSION", System.getProperty("maven-compiler-plugin.version"))
        .replace("RESOURCES_PLUGIN_VERSION", System.getProperty("maven-resources-plugin.version"));
  }

  /// {@return a folder with this build's artifacts, laid out as a repository}
  private Path publish() throws IOException {
    Path repository = temporary.resolve("published");
    publish(repository, "selvedge-parent", ".pom", ROOT.resolve("pom.xml"));
    publish(repository, "selvedge-bom", ".pom", ROOT.resolve("bom/pom.xml"));
    publish(repository, "selvedge-core", ".pom", ROOT.resolve("core/pom.xml"));
    publish(repository, "selvedge-core", ".jar", JAR);
    return repository;
  }

  private static void publish(Path repository, String artifact, String type, Path from)
      throws IOException {
    Path folder = Files.createDirectories(repository.resolve(folder(artifact)));
    Files.copy(
        from, folder.resolve(artifact + "-" + VERSION + type), StandardCopyOption.REPLACE_EXISTING);
  }

  private static String folder(String artifact) {
    return "dev/selvedge/" + artifact + "/" + VERSION;
  }

  private static String file(String artifact) {
    return artifact + "-" + VERSION + ".jar";
  }

  private static String settings(Path repository) {
    return """
    <settings>
      <mirrors>
        <mirror>
          <id>of-the-build</id>
          <mirrorOf>*,!published</mirrorOf>
          <url>%s</url>
        </mirror>
      </mirrors>
      <profiles>
        <profile>
          <id>published</id>
          <repositories>
            <repository>
              <id>published</id>
              <url>%s</url>
              <snapshots><enabled>true</enabled></snapshots>
            </repository>
          </repositories>
        </profile>
      </profiles>
      <activeProfiles>
        <activeProfile>published</activeProfile>
      </activeProfiles>
    </settings>
    """
        .formatted(Path.of(System.getProperty("maven.repo")).toUri(), repository.toUri());
  }

  private static List<String> run(Path folder, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)));
    builder.directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "MAVEN_ARGS", "MAVEN_OPTS"));
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue(), out);
    return out.lines().toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = ConsumerProjectTest.class.getResourceAsStream("/consumer/" + name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
