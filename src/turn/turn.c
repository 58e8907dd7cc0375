/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/turn.h"

#define GAP_MS 128 /* no longer is a stop within a word, or the breath between two */

#define OPT(field, fallback, low, high, ...)                                                                           \
    SR_OPT(struct sr_turn_opts, field, fallback, .min = (low), .max = (high), __VA_ARGS__)

const struct sr_opt sr_turn_opts_table[] = {
    OPT(onset_ms, "96", 32, 1000, .en = "so much speech opens a turn", .es = "cuánta voz abre un turno"),
    OPT(probe_ms, "192", 32, 2000, .en = "so much speech while the machine is heard has its words looked at",
        .es = "con cuánta voz mientras se oye a la máquina se miran sus palabras"),
    OPT(confirm_ms, "256", 32, 2000, .en = "so much speech silences the machine; a backchannel lets it go on",
        .es = "cuánta voz hace callar a la máquina; un asentimiento la deja seguir"),
    OPT(yield_ms, "800", 64, 5000, .en = "so much speech takes the turn, whatever its words",
        .es = "cuánta voz toma el turno, diga lo que diga"),
    OPT(doubt_ms, "1000", 64, 5000, .en = "so long the words of a short remark are waited for",
        .es = "cuánto se espera a conocer las palabras de un comentario corto"),
    OPT(draft_ms, "96", 32, 2000, .en = "so much silence has a draft decoded",
        .es = "cuánto silencio pide un borrador"),
    OPT(end_ms, "512", 64, 5000, .en = "so much silence ends the turn, without the table of turn ends",
        .es = "cuánto silencio acaba el turno, sin la tabla de finales de turno"),
    SR_OPT(struct sr_turn_opts, end, "head", .choices = "head|pause",
           .en = "what ends a turn: a trained head over words, sound and pause, or the pause alone",
           .es = "qué acaba un turno: una cabeza entrenada sobre palabras, sonido y pausa, o solo la pausa"),
    OPT(end_min_ms, "200", 64, 5000, .en = "so much silence ends a turn that is surely over",
        .es = "cuánto silencio acaba un turno que ha terminado con seguridad"),
    OPT(end_max_ms, "1200", 64, 5000, .en = "so much silence ends the turn in any case",
        .es = "cuánto silencio acaba el turno en todo caso"),
    OPT(partial_ms, "1200", 0, 10000, .en = "so often a partial text is decoded while the user speaks; 0 is never",
        .es = "cada cuánto se decodifica un texto parcial mientras habla el usuario; 0 es nunca"),
    OPT(preroll_ms, "320", 0, 2000, .en = "sound kept from before the first speech",
        .es = "sonido que se guarda de antes de la voz"),
    OPT(max_turn_s, "28", 1, 29, .en = "a turn is cut here", .es = "aquí se corta un turno"),
    SR_OPT(struct sr_turn_opts, remarks, "", .arg = "FILE",
           .en = "table of what people say while the machine speaks; empty: the one of the language",
           .es = "tabla de lo que se dice mientras habla la máquina; vacío: la del idioma"),
    SR_OPT_END,
};

void sr_turn_init(struct sr_turn_machine *machine, const struct sr_turn_opts *opts, int frame_ms) {
    *machine = (struct sr_turn_machine){.opts = opts, .frame_ms = frame_ms};
}

/* From a pause in doubt the turn is opened with that pause, and with the probe as its draft. */
static unsigned open_turn(struct sr_turn_machine *m) {
    m->state = SR_TURN_SPEAK;
    m->turn_ms = 0;
    m->since_draft_ms = 0;
    return SR_TURN_OPEN;
}

static void listen(struct sr_turn_machine *m) {
    m->state = SR_TURN_LISTEN;
    m->run_ms = m->silence_ms = 0;
    m->drafted = m->probed = m->held = false;
}

static unsigned while_listening(struct sr_turn_machine *m, const struct sr_turn_frame *in) {
    m->run_ms = in->speech ? m->run_ms + m->frame_ms : 0;
    if (in->heard && (in->speech || (in->maybe && !m->maybe))) { /* once for a sound that stays doubtful */
        m->state = SR_TURN_DOUBT;
        m->spoken_ms = m->run_ms;
        return SR_TURN_DUCK;
    }
    return m->run_ms > 0 && m->run_ms >= m->opts->onset_ms && !in->own ? open_turn(m) : 0;
}

static bool goes_on(const struct sr_turn_machine *m, int ms) {
    return m->going_ms >= ms && 2 * m->voiced_ms >= ms;
}

static unsigned speech_in_doubt(struct sr_turn_machine *m, const struct sr_turn_frame *in) {
    unsigned actions = 0;
    m->spoken_ms += m->frame_ms;
    const bool agrees = in->remark == SR_REMARK_BACKCHANNEL && m->spoken_ms < 2 * m->opts->confirm_ms;
    m->silence_ms = 0;
    m->drafted = false;
    if (m->spoken_ms >= m->opts->yield_ms || (!in->heard && m->spoken_ms >= m->opts->onset_ms))
        return open_turn(m);
    if (!m->probed && goes_on(m, m->opts->probe_ms)) {
        m->probed = true;
        actions |= SR_TURN_PROBE;
    }
    if (!m->held && !agrees && goes_on(m, m->opts->confirm_ms)) {
        m->held = true;
        actions |= SR_TURN_HOLD;
    }
    return actions;
}

static unsigned silence_in_doubt(struct sr_turn_machine *m, const struct sr_turn_frame *in) {
    m->silence_ms += m->frame_ms;
    if (m->silence_ms < m->opts->draft_ms)
        return 0;
    if (m->spoken_ms >= m->opts->onset_ms && !m->drafted) {
        m->drafted = true;
        return SR_TURN_PROBE;
    }
    if (m->drafted && in->remark == SR_REMARK_REQUEST)
        return open_turn(m);
    if (m->drafted && in->remark == SR_REMARK_UNKNOWN && m->silence_ms < m->opts->doubt_ms)
        return 0;
    listen(m);
    return SR_TURN_RESTORE;
}

static unsigned while_speaking(struct sr_turn_machine *m, const struct sr_turn_frame *in) {
    m->turn_ms += m->frame_ms;
    unsigned actions = 0;
    if (in->speech) {
        m->silence_ms = 0;
        m->since_draft_ms += m->frame_ms;
        if (m->drafted)
            actions |= SR_TURN_RESUME;
        m->drafted = false;
        if (m->opts->partial_ms && m->since_draft_ms >= m->opts->partial_ms) {
            m->since_draft_ms = 0;
            actions |= SR_TURN_PARTIAL;
        }
    } else {
        m->silence_ms += m->frame_ms;
        if (!m->drafted && m->silence_ms >= m->opts->draft_ms) {
            m->drafted = true;
            m->since_draft_ms = 0;
            actions |= SR_TURN_DRAFT;
        }
    }
    const bool over = m->drafted && !(actions & SR_TURN_DRAFT) && m->silence_ms >= in->end_ms;
    if (over || m->turn_ms >= m->opts->max_turn_s * 1000) {
        listen(m);
        actions = SR_TURN_FINAL;
    }
    return actions;
}

/* "¿Y cuál?" has a gap in front of its c: it is one thing that somebody says. */
static void note_speech(struct sr_turn_machine *m, bool speech) {
    if (!speech) {
        m->gap_ms += m->frame_ms;
        return;
    }
    if (m->gap_ms > GAP_MS)
        m->going_ms = m->voiced_ms = m->gap_ms = 0;
    m->going_ms += m->gap_ms + m->frame_ms;
    m->voiced_ms += m->frame_ms;
    m->gap_ms = 0;
}

static unsigned feed(struct sr_turn_machine *machine, const struct sr_turn_frame *input) {
    switch (machine->state) {
    case SR_TURN_LISTEN:
        return while_listening(machine, input);
    case SR_TURN_DOUBT:
        if (input->own) {
            machine->going_ms = machine->voiced_ms = 0;
            listen(machine);
            return SR_TURN_RESTORE;
        }
        return input->speech ? speech_in_doubt(machine, input) : silence_in_doubt(machine, input);
    case SR_TURN_SPEAK:
        return while_speaking(machine, input);
    }
    return 0;
}

unsigned sr_turn_feed(struct sr_turn_machine *machine, const struct sr_turn_frame *input) {
    note_speech(machine, input->speech);
    const unsigned actions = feed(machine, input);
    machine->maybe = input->maybe;
    return actions;
}
