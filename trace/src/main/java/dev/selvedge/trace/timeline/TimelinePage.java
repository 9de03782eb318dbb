package dev.selvedge.trace.timeline;

import dev.selvedge.trace.recording.Recording;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes a recording as a page: one file, which needs no network and may not use it.
///
/// All that comes from the recording is in one block of base64, so no name in it can end a script.
/// The page's policy allows exactly its own script and style, by their hashes.
public final class TimelinePage {
  private static final List<String> SCRIPTS =
      List.of(
          "data",
          "time",
          "theme",
          "view",
          "rows",
          "picture",
          "overview",
          "details",
          "search",
          "main");

  private static final Pattern PLACE = Pattern.compile("@(TITLE|POLICY|STYLE|DATA|SCRIPT)@");

  private TimelinePage() {}

  /// Writes the page.
  ///
  /// @param title of the page, such as the name of the recording's file
  public static void write(Recording recording, String title, Writer out) throws IOException {
    var data = Base64.getEncoder().encodeToString(TimelineData.of(recording));
    var script =
        SCRIPTS.stream()
            .map(name -> resource(name + ".js"))
            .collect(Collectors.joining("\n", "\"use strict\";\n", ""));
    var style = resource("page.css");
    var place = PLACE.matcher(resource("page.html"));
    out.write(
        place.replaceAll(
            found ->
                Matcher.quoteReplacement(
                    switch (found.group(1)) {
                      case "TITLE" -> escaped(title);
                      case "POLICY" -> policy(script, style);
                      case "STYLE" -> style;
                      case "DATA" -> data;
                      default -> script;
                    })));
  }

  private static String policy(String script, String style) {
    return "default-src 'none'; script-src 'sha256-"
        + hash(script)
        + "'; style-src 'sha256-"
        + hash(style)
        + "'; base-uri 'none'; form-action 'none'";
  }

  private static String hash(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java platform has SHA-256", e);
    }
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replaceAll("\\p{Cntrl}", "?");
  }

  private static String resource(String name) {
    try (InputStream bytes =
        Objects.requireNonNull(TimelinePage.class.getResourceAsStream(name), name)) {
      return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
