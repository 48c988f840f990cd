import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.TimeZone;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.model.xform.XFormsModule;
import org.joda.time.DateTimeZone;

/**
 * JavaRosa as a resident process: one command a line on stdin, one answer a line on stdout, both JSON objects.
 *
 * <pre>
 * {"do": "load", "xform": TEXT, "folder": FOLDER, "zone": "UTC"}    {} or {"error": TEXT}
 * {"do": "judge", "xml": TEXT, "anew": false, "validate": true}      what Judgement tells of a submission
 * {"do": "blank"}                                                    {"saved": TEXT}: a new submission, as saved
 * {"do": "evaluate", "xml": TEXT, "asks": [[PLACE, EXPRESSION]]}      what Evaluation tells of expressions
 * </pre>
 *
 * FOLDER holds the files that come with the form. With "anew" the form is parsed again first, because JavaRosa evaluates
 * some rules in the order of a hash set, another one after each parse. Whatever JavaRosa throws is an "error" of the
 * answer; the process goes on. What JavaRosa prints is dropped.
 */
public final class Harness {
    private static final ObjectMapper JSON = new ObjectMapper();

    private OpenForm form;

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        new JavaRosaCoreModule().registerModule();
        new XFormsModule().registerModule();
        PropertyManager.setPropertyManager(new NoProperties());
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Harness harness = new Harness();
        String line;
        while ((line = commands.readLine()) != null) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                harness.obey(JSON.readTree(line), answer);
            } catch (Throwable fault) { // StackOverflowError and OutOfMemoryError are answers as well
                answer.put("error", describe(fault));
            }
            answers.println(JSON.writeValueAsString(answer));
            answers.flush();
        }
    }

    private void obey(JsonNode command, ObjectNode answer) throws Exception {
        switch (command.get("do").asText()) {
            case "load":
                form = null;
                String zone = command.get("zone").asText();
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                DateTimeZone.setDefault(DateTimeZone.forID(zone));
                form = new OpenForm(command.get("xform").asText(), new File(command.get("folder").asText()));
                break;
            case "judge":
                new Judgement(form, answer).judge(
                    command.get("xml").asText(), command.get("anew").asBoolean(), command.get("validate").asBoolean());
                break;
            case "blank":
                answer.put("saved", form.blank());
                break;
            case "evaluate":
                new Evaluation(form, answer).evaluate(command.get("xml").asText(), command.get("asks"));
                break;
            default:
                throw new IllegalArgumentException("no such command");
        }
    }

    /** The kind of a fault and its message, in one line. */
    static String describe(Throwable fault) {
        return fault.getClass().getSimpleName() + ": " + String.valueOf(fault.getMessage()).replaceAll("\\s+", " ").trim();
    }
}
