package dev.selvedge.trace.timeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.trace.recording.Recording;
import dev.selvedge.trace.recording.SampleProcess;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.jr.ob.JSON;

final class TimelinePageTest {
  private static String page(Recording recording, String title) throws Exception {
    var out = new StringWriter();
    TimelinePage.write(recording, title, out);
    return out.toString();
  }

  private static String between(String page, String from, String to) {
    int begin = page.indexOf(from) + from.length();
    return page.substring(begin, page.indexOf(to, begin));
  }

  private static Map<String, Object> head(String page) throws Exception {
    var packed =
        Base64.getDecoder()
            .decode(between(page, "<script id=\"data\" type=\"text/plain\">", "</script>"));
    try (var bytes =
        new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(packed)))) {
      return JSON.std.mapFrom(
          new String(bytes.readNBytes(bytes.readInt()), StandardCharsets.UTF_8));
    }
  }

  @Test
  void namesAreInThePageAsTheyAreButOnlyPacked() throws Exception {
    var name = "</script><script>alert(1)</script><!-- \u0000 \u202e @SCRIPT@ $1";
    var page =
        page(SampleProcess.recording(new SampleProcess(1).task(1, name, 0, 0, 0, 10)), "a.jfr");
    assertFalse(page.contains("alert(1)"), "the name is in the page itself");
    assertTrue(((List<?>) Objects.requireNonNull(head(page).get("texts"))).contains(name));
  }

  @Test
  void aTitleIsText() throws Exception {
    var page = page(Samples.crawl(), "<img src=x onerror=alert(1)>@DATA@.jfr");
    assertFalse(page.contains("<img"), "the title is read as HTML");
    assertTrue(page.contains("<h1>&lt;img src=x onerror=alert(1)>@DATA@.jfr</h1>"));
  }

  /// A browser runs the page's own script and nothing else.
  @Test
  void thePolicyAllowsExactlyThisScriptAndStyle() throws Exception {
    var page = page(Samples.crawl(), "crawl.jfr");
    var policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    var script = between(page, "</script>\n<script>", "</script>");
    var style = between(page, "<style>", "</style>");
    assertEquals(
        "default-src 'none'; script-src 'sha256-"
            + hash(script)
            + "'; style-src 'sha256-"
            + hash(style)
            + "'; base-uri 'none'; form-action 'none'",
        policy);
  }

  private static String hash(String text) throws Exception {
    return Base64.getEncoder()
        .encodeToString(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void nothingRefersToTheNetwork() throws Exception {
    assertFalse(
        Pattern.compile("(src|href)=|url\\(|https?:|import\\s")
            .matcher(
                page(
                    SampleProcess.recording(new SampleProcess(1).task(1, "a", 0, 0, 0, 10)),
                    "a.jfr"))
            .find());
  }

  @Test
  void twoHundredThousandTasksAreBelow15Megabytes() throws Exception {
    var page = page(Samples.many(200_000), "many.jfr");
    assertTrue(page.length() < 15_000_000, "it has " + page.length() + " bytes");
    assertEquals(200_001, head(page).get("tasks"));
  }

  @Test
  void sectionsAreWorkersNamedGroupsAndPools() throws Exception {
    var sections =
        (List<?>) Objects.requireNonNull(head(page(Samples.crawl(), "c.jfr")).get("sections"));
    assertEquals(
        List.of(
            Map.of("process", 0, "kind", "pool", "name", "threads", "lanes", 1),
            Map.of("process", 0, "kind", "group", "name", "pages", "lanes", 5)),
        sections);
  }
}
