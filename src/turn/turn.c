/* SPDX-License-Identifier: Apache-2.0 */
#include "turn/turn.h"

#define OPT(field, fallback, low, high, ...)                                                                           \
    SR_OPT(struct sr_turn_opts, field, fallback, .min = (low), .max = (high), __VA_ARGS__)

const struct sr_opt sr_turn_opts_table[] = {
    OPT(onset_ms, "96", 32, 1000, .en = "so much speech opens a turn", .es = "cuánta voz abre un turno"),
    OPT(confirm_ms, "256", 32, 2000, .en = "so much speech stops the machine while it answers",
        .es = "cuánta voz detiene a la máquina mientras contesta"),
    OPT(draft_ms, "160", 32, 2000, .en = "so much silence has a draft decoded",
        .es = "cuánto silencio pide un borrador"),
    OPT(end_ms, "512", 64, 5000, .en = "so much silence ends the turn", .es = "cuánto silencio acaba el turno"),
    OPT(preroll_ms, "320", 0, 2000, .en = "sound kept from before the first speech",
        .es = "sonido que se guarda de antes de la voz"),
    OPT(max_turn_s, "28", 1, 29, .en = "a turn is cut here", .es = "aquí se corta un turno"),
    SR_OPT_END,
};

void sr_turn_init(struct sr_turn_machine *machine, const struct sr_turn_opts *opts, int frame_ms) {
    *machine = (struct sr_turn_machine){.opts = opts, .frame_ms = frame_ms};
}

static unsigned open_turn(struct sr_turn_machine *m) {
    m->state = SR_TURN_SPEAK;
    m->silence_ms = 0;
    m->turn_ms = 0;
    m->drafted = false;
    return SR_TURN_OPEN;
}

static void listen(struct sr_turn_machine *m) {
    m->state = SR_TURN_LISTEN;
    m->run_ms = 0;
}

static unsigned while_listening(struct sr_turn_machine *m, bool speech, bool answering) {
    m->run_ms = speech ? m->run_ms + m->frame_ms : 0;
    if (m->run_ms < m->opts->onset_ms)
        return 0;
    if (!answering)
        return open_turn(m);
    m->state = SR_TURN_DOUBT;
    m->spoken_ms = m->run_ms;
    m->silence_ms = 0;
    return SR_TURN_DUCK;
}

static unsigned while_in_doubt(struct sr_turn_machine *m, bool speech, bool answering) {
    if (speech) {
        m->spoken_ms += m->frame_ms;
        m->silence_ms = 0;
        if (m->spoken_ms >= m->opts->confirm_ms || !answering)
            return open_turn(m);
        return 0;
    }
    m->silence_ms += m->frame_ms;
    if (m->silence_ms < m->opts->draft_ms)
        return 0;
    listen(m);
    return SR_TURN_RESTORE;
}

static unsigned while_speaking(struct sr_turn_machine *m, bool speech) {
    m->turn_ms += m->frame_ms;
    unsigned actions = 0;
    if (speech) {
        m->silence_ms = 0;
        if (m->drafted)
            actions |= SR_TURN_RESUME;
        m->drafted = false;
    } else {
        m->silence_ms += m->frame_ms;
        if (!m->drafted && m->silence_ms >= m->opts->draft_ms) {
            m->drafted = true;
            actions |= SR_TURN_DRAFT;
        }
    }
    if (m->silence_ms >= m->opts->end_ms || m->turn_ms >= m->opts->max_turn_s * 1000) {
        listen(m);
        actions |= SR_TURN_FINAL;
    }
    return actions;
}

unsigned sr_turn_feed(struct sr_turn_machine *machine, bool speech, bool answering) {
    switch (machine->state) {
    case SR_TURN_LISTEN:
        return while_listening(machine, speech, answering);
    case SR_TURN_DOUBT:
        return while_in_doubt(machine, speech, answering);
    case SR_TURN_SPEAK:
        return while_speaking(machine, speech);
    }
    return 0;
}
